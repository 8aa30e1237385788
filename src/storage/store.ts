// idb-keyval's stores on databases that survive their connections: reopened once when closed, whole operations retried once.
import type { UseStore } from "idb-keyval";
import { StudioError } from "../lib/errors.ts";

const objectStore = "keyval";
const retried = new Set(["AbortError", "InvalidStateError", "UnknownError"]);

/**
 * A store in a database of its own (idb-keyval keeps one store a database). Its version is never raised: an old tab would
 * get a VersionError. `strict` durability waits until the disk has the data.
 */
export function openStore(database: string, durability: "strict" | "relaxed"): UseStore {
  let opened: Promise<IDBDatabase> | undefined;
  const connect = () => {
    opened ??= openDatabase(database, () => {
      opened = undefined;
    }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return async (mode, callback) => {
    const run = async () => {
      const db = await connect();
      const transaction = db.transaction(objectStore, mode, { durability });
      return callback(transaction.objectStore(objectStore));
    };
    try {
      return await run();
    } catch (error) {
      if (isNamed(error, "QuotaExceededError")) throw await quotaError(error);
      if (!(error instanceof Error) || !retried.has(error.name)) throw error;
      // A closed connection or an aborted transaction: Safari and Chrome recover with a fresh one.
      opened = undefined;
      return run();
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
