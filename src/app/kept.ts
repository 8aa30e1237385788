// Small records in localStorage: JSON with a version. What a newer studio has kept there is neither read nor written over.
import { isNewer } from "../lib/version.ts";

const version = 1;

/** What is kept under a key, or null where nothing readable is. */
export function readKept(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** Keeps a record. Where the storage is switched off, or a newer studio's record stands there, it lasts as long as the page. */
export function keep(key: string, value: Readonly<Record<string, unknown>>): void {
  if (isNewer(readKept(key), version)) return;
  try {
    localStorage.setItem(key, JSON.stringify({ version, ...value }));
  } catch {
    // Storage is switched off.
  }
}
