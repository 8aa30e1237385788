// Downloads a model that was found: every file into the storage, hashed on the way, resumable at any byte.
import type { HubFile, HubModel } from "../config/hub.ts";
import { StudioError } from "../lib/errors.ts";
import { type Download, openDownload } from "../storage/downloads.ts";
import { createFileHash, type FileHash } from "./file-hash.ts";
import { ConnectionError, type HubAccess } from "./hub-fetch.ts";
import { readHubFile } from "./open-file.ts";

/** Bytes that are collected before they are stored: what a closed tab loses at most. */
const partSize = 16 * 1024 * 1024;
/** Milliseconds before each further attempt after a lost connection. */
const waits = [1_000, 3_000, 9_000] as const;

interface Parts {
  readonly model: Pick<HubModel, "source" | "files" | "bytes">;
  readonly access: HubAccess;
  /** Ends the download; what has arrived is stored first. */
  readonly signal: AbortSignal;
  /** Told the bytes of all files that have arrived. */
  onProgress(bytes: number): void;
  wait?(milliseconds: number): Promise<void>;
}

/**
 * Downloads and stores the model and gives its id.
 * @throws StudioError for a refusal, a wrong hash or a full disk; the signal's reason where it was cancelled. What arrived is kept.
 */
export async function downloadHubModel(parts: Parts): Promise<string> {
  const { model, signal } = parts;
  const download = await openDownload(model.source, model.bytes);
  let done = 0;
  for (const file of model.files) {
    signal.throwIfAborted();
    const before = done;
    await downloadFile(parts, download, file, (bytes) => parts.onProgress(before + bytes));
    done += file.size;
  }
  return download.finish();
}

async function downloadFile(
  { model: { source }, access, signal, wait = sleep }: Parts,
  download: Download,
  file: HubFile,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const sink = await openSink(download, file, onProgress);
  try {
    for (let failures = 0; sink.bytes < file.size; ) {
      const before = sink.bytes;
      try {
        for await (const bytes of readHubFile({ source, file, access, signal }, sink.bytes)) {
          await sink.write(bytes);
        }
      } catch (error) {
        if (sink.bytes > before) failures = 0;
        const pause = waits[failures];
        failures += 1;
        if (!(error instanceof ConnectionError) || pause === undefined) throw error;
        await wait(pause);
        signal.throwIfAborted();
      }
    }
  } finally {
    await sink.flush();
  }
  try {
    sink.hash.refuseOther();
  } catch (error) {
    await download.drop(file.name);
    throw error;
  }
}

interface Sink {
  /** Bytes that have arrived, stored or about to be. */
  readonly bytes: number;
  readonly hash: FileHash;
  write(bytes: Uint8Array): Promise<void>;
  /** Stores what has not been stored yet. */
  flush(): Promise<void>;
}

/** Takes a file's bytes on from those that are stored. */
async function openSink(
  download: Download,
  file: HubFile,
  onProgress: (bytes: number) => void,
): Promise<Sink> {
  let hash = createFileHash(file);
  let bytes = 0;
  try {
    for await (const part of download.partsOf(file.name)) {
      hash.update(part);
      bytes += part.byteLength;
    }
  } catch {
    // What is stored of it cannot be read any more: it comes again.
    await download.drop(file.name);
    hash = createFileHash(file);
    bytes = 0;
  }
  onProgress(bytes);
  const pending = new Uint8Array(Math.min(partSize, Math.max(0, file.size - bytes)));
  let filled = 0;
  const flush = async () => {
    if (filled === 0) return;
    const part = pending.slice(0, filled);
    filled = 0;
    await download.append(file.name, part);
  };
  return {
    get bytes() {
      return bytes;
    },
    hash,
    flush,
    async write(chunk) {
      if (bytes + chunk.byteLength > file.size) {
        throw new StudioError(
          `${file.path} has more than the ${file.size} bytes that the Hub names.`,
          {
            hint: "Look the model up again: its owner may have changed it just now.",
          },
        );
      }
      hash.update(chunk);
      bytes += chunk.byteLength;
      for (let from = 0; from < chunk.byteLength; ) {
        const taken = Math.min(pending.byteLength - filled, chunk.byteLength - from);
        pending.set(chunk.subarray(from, from + taken), filled);
        filled += taken;
        from += taken;
        if (filled === pending.byteLength) await flush();
      }
      onProgress(bytes);
    },
  };
}

const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });
