// Zip files: in with limits, out without compression (weights do not compress).
import { downloadZip } from "client-zip";
import { unzipSync } from "fflate";
import { StudioError } from "../lib/errors.ts";

const mostEntries = 1_000;
const mostBytes = 4 * 1024 ** 3;
const mostRatio = 200;

interface UnzipOptions {
  /** The folder that is meant, "" for the top; where it is not given, a folder that holds everything is taken off. */
  readonly within?: string;
  /** Whether a path from that folder is unpacked. */
  readonly isTaken?: (path: string) => boolean;
}

/**
 * The files of a zip under their names. Sizes are checked before anything is unpacked; names that lead out of the folder are
 * refused.
 */
export async function unzipFiles(
  file: Blob & { readonly name: string },
  { within, isTaken = () => true }: UnzipOptions = {},
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const start = within === undefined || within === "" ? "" : `${within}/`;
  const bytes = new Uint8Array(await file.arrayBuffer());
  let entries = 0;
  let total = 0;
  let unpacked: Record<string, Uint8Array>;
  try {
    unpacked = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!(name.startsWith(start) && isTaken(name.slice(start.length)))) return false;
        entries += 1;
        total += originalSize;
        refuseBomb(file, entries, total);
        refuseEscape(file.name, name);
        return !name.endsWith("/");
      },
    });
  } catch (cause) {
    if (cause instanceof StudioError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StudioError(`${file.name} is not a zip file that can be read: ${reason}.`, { cause });
  }
  const files = Object.entries(unpacked).map(
    ([name, data]) => [name.slice(start.length), new Uint8Array(data)] as const,
  );
  return within === undefined ? stripFolder(new Map(files)) : new Map(files);
}

function refuseBomb(file: Blob & { readonly name: string }, entries: number, total: number): void {
  if (entries > mostEntries) {
    throw new StudioError(`${file.name} has more than ${mostEntries} files.`);
  }
  const isBomb = total > 10_000_000 && total > file.size * mostRatio;
  if (total > mostBytes || isBomb) {
    throw new StudioError(
      `${file.name} has ${file.size.toLocaleString("en")} bytes but would unpack to ${total.toLocaleString("en")}.`,
      { hint: "Unpack it yourself and drop the files." },
    );
  }
}

function refuseEscape(zip: string, name: string): void {
  const leadsOut =
    name.startsWith("/") || /^[a-z]:/iu.test(name) || name.split(/[/\\]/u).includes("..");
  if (leadsOut)
    throw new StudioError(`${zip} holds a file named ${name}, which leads out of its folder.`);
}

function stripFolder<Value>(files: Map<string, Value>): Map<string, Value> {
  const tops = new Set([...files.keys()].map((name) => name.split("/")[0]));
  const [top] = tops;
  const allInside = tops.size === 1 && [...files.keys()].every((name) => name.includes("/"));
  if (!allInside || top === undefined) return files;
  return new Map([...files].map(([name, data]) => [name.slice(top.length + 1), data]));
}

/** A zip of the files, uncompressed. */
export function zipFiles(files: readonly { name: string; blob: Blob }[]): Promise<Blob> {
  return downloadZip(files.map(({ name, blob }) => ({ name, input: blob }))).blob();
}
