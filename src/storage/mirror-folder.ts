// The real folder that the user chose to mirror runs to: its handle, kept in this browser, and whether it may be written.
import { del, get, set } from "idb-keyval";
import { openStore } from "./store.ts";

const store = openStore("studio-mirror", "relaxed");
const key = "folder";

/** The chosen folder, or undefined. */
export const readMirrorFolder = (): Promise<FileSystemDirectoryHandle | undefined> =>
  get<FileSystemDirectoryHandle>(key, store);

/** Keeps a folder as the one to mirror to. */
export const keepMirrorFolder = (folder: FileSystemDirectoryHandle): Promise<void> =>
  set(key, folder, store);

/** Mirrors no more. The folder's files stay. */
export const forgetMirrorFolder = (): Promise<void> => del(key, store);

/** True where the studio may write into the folder without asking the user again. */
export async function mayWrite(folder: FileSystemDirectoryHandle): Promise<boolean> {
  // A browser that asks no permission for such a handle grants it.
  const state = (await folder.queryPermission?.({ mode: "readwrite" })) ?? "granted";
  return state === "granted";
}
