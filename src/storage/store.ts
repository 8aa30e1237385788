// idb-keyval's stores on databases that survive their connections: reopened when closed, whole operations repeated a few times.
import type { UseStore } from "idb-keyval";
import { StudioError } from "../lib/errors.ts";

const objectStore = "keyval";
const retried = new Set(["AbortError", "InvalidStateError", "UnknownError"]);
/**
 * Milliseconds before each repetition. The first one follows at once; while a browser deletes a database, opening it fails
 * too ("The connection was closed."), for a few milliseconds or, on a busy disk, some hundred.
 */
const pauses = [0, 20, 80, 200, 500];

/**
 * A store in a database of its own (idb-keyval keeps one store a database). Its version is never raised: an old tab would
 * get a VersionError. `strict` durability waits until the disk has the data.
 */
export function openStore(database: string, durability: "strict" | "relaxed"): UseStore {
  let opened: Promise<IDBDatabase> | undefined;
  const connect = (): Promise<IDBDatabase> => {
    if (opened !== undefined) return opened;
    const forget = () => {
      // Only its own connection: another operation may have opened a new one by now.
      if (opened === mine) opened = undefined;
    };
    const mine = openDatabase(database, forget);
    mine.catch(forget);
    opened = mine;
    return mine;
  };
  return async (mode, callback) => {
    for (let attempt = 0; ; attempt += 1) {
      const connection = connect();
      try {
        const transaction = (await connection).transaction(objectStore, mode, { durability });
        return await callback(transaction.objectStore(objectStore));
      } catch (error) {
        if (isNamed(error, "QuotaExceededError")) throw await quotaError(error);
        const pause = pauses[attempt];
        if (!(error instanceof Error && retried.has(error.name)) || pause === undefined)
          throw error;
        // A closed connection or an aborted transaction: Safari and Chrome recover with a fresh one.
        if (opened === connection) opened = undefined;
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  };
}

function openDatabase(name: string, onClose: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.result.createObjectStore(objectStore);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const db = request.result;
      db.onclose = onClose;
      // Another tab wants to delete or upgrade the database: step aside, and open anew when needed.
      db.onversionchange = () => {
        onClose();
        db.close();
      };
      resolve(db);
    };
  });
}

const isNamed = (error: unknown, name: string) => error instanceof Error && error.name === name;

async function quotaError(cause: unknown): Promise<StudioError> {
  const { usage, quota } = (await globalThis.navigator?.storage?.estimate?.()) ?? {};
  const figures =
    usage === undefined || quota === undefined
      ? ""
      : ` ${toMegabytes(usage)} of ${toMegabytes(quota)} are used.`;
  return new StudioError(`The browser's storage is full.${figures}`, {
    hint: "Delete old runs, or lower save_total_limit, then resume. What was saved before is kept.",
    cause,
    code: "storage-full",
  });
}

const toMegabytes = (bytes: number) => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
