// One file of a model on the Hub as a stream of bytes, from any place on.
import { downloadFile } from "@huggingface/hub";
import type { HubFile, HubSource } from "../config/hub.ts";
import { ConnectionError, createHubFetch, type HubAccess, unreachable } from "./hub-fetch.ts";

interface FileOnHub {
  readonly source: HubSource;
  readonly file: HubFile;
  readonly access: HubAccess;
  readonly signal: AbortSignal;
}

/**
 * The bytes of a file from `start` to its end.
 * @throws StudioError where the Hub refuses; ConnectionError where the connection breaks or ends early: what came before stands.
 */
export async function* readHubFile(
  { source, file, access, signal }: FileOnHub,
  start = 0,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let refusal: unknown;
  let toSkip = 0;
  const fetchOfModel = createHubFetch({ ...access, repoId: source.repo_id, signal });
  const blob = await downloadFile({
    repo: { type: "model", name: source.repo_id },
    path: file.path,
    // One request a file with the plain HTTP range: Xet's chunks cannot be resumed at a byte.
    xet: false,
    downloadInfo: {
      size: file.size,
      etag: file.hash.digest,
      url: `${access.hubUrl}/${source.repo_id}/resolve/${source.commit}/${file.path.split("/").map(encodeURIComponent).join("/")}`,
    },
    fetch: async (input, init) => {
      try {
        const response = await fetchOfModel(input, init);
        // A server that knows no ranges sends the file from its beginning.
        if (response.status === 200) toSkip = start;
        return response;
      } catch (error) {
        refusal = error;
        throw error;
      }
    },
    ...(access.token === null ? {} : { accessToken: access.token }),
  });
  let arrived = start;
  try {
    for await (const chunk of blob?.slice(start, file.size).stream() ?? []) {
      const skipped = Math.min(toSkip, chunk.byteLength);
      toSkip -= skipped;
      if (skipped === chunk.byteLength) continue;
      arrived += chunk.byteLength - skipped;
      yield skipped === 0 ? chunk : chunk.subarray(skipped);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw refusal ?? unreachable(access.hubUrl, error);
  }
  if (arrived < file.size) {
    throw new ConnectionError(
      `${file.path} ended early: ${arrived} of ${file.size} bytes have arrived.`,
      { hint: "What has arrived is kept. Go on with the download." },
    );
  }
}
