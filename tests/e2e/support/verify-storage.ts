// Reads a checkpoint straight from IndexedDB, by the browser's own means, and compares every hash. It uses none of the studio's code.
import type { Page } from "playwright-core";

export interface StoredCheckpoint {
  readonly path: string;
  readonly step: number;
  /** Problems found; none where every byte is as it was written. */
  readonly problems: readonly string[];
}

/** The newest visible checkpoint of the profile, verified; null where none is visible. */
export function verifyNewestCheckpoint(page: Page): Promise<StoredCheckpoint | null> {
  return page.evaluate(async () => {
    const open = (name: string) =>
      new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const ask = <Value>(request: IDBRequest<Value>) =>
      new Promise<Value>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const storeOf = (database: IDBDatabase) =>
      database.transaction("keyval", "readonly").objectStore("keyval");

    const folders = await open("studio-folders");
    const chunks = await open("studio-chunks");
    const paths = (await ask(storeOf(folders).getAllKeys())) as string[];
    const steps = paths
      .map((path) => ({ path, step: Number(/checkpoint-(\d+)$/u.exec(path)?.[1] ?? Number.NaN) }))
      .filter(({ step }) => Number.isFinite(step))
      .sort((a, b) => b.step - a.step);
    const newest = steps[0];
    if (newest === undefined) return null;
    const manifest = await ask(storeOf(folders).get(newest.path));
    const problems: string[] = [];
    for (const file of manifest.files) {
      let size = 0;
      for (const hash of file.chunks) {
        const blob: Blob | undefined = await ask(storeOf(chunks).get(hash));
        if (blob === undefined) {
          problems.push(`${file.name}: ${hash} is missing`);
          continue;
        }
        const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
        const found = Array.from(new Uint8Array(digest), (byte) =>
          byte.toString(16).padStart(2, "0"),
        );
        if (found.join("") !== hash) problems.push(`${file.name}: ${hash} does not match`);
        size += blob.size;
      }
      if (size !== file.size) problems.push(`${file.name}: ${size} bytes, not ${file.size}`);
    }
    for (const database of [folders, chunks]) database.close();
    return { ...newest, problems };
  });
}
