// The folder that runs are mirrored to, on the page: choosing it, asking the browser for it again, letting it go.
import { setMirror } from "../state/mirror-store.ts";
import {
  forgetMirrorFolder,
  keepMirrorFolder,
  mayWrite,
  readMirrorFolder,
} from "../storage/mirror-folder.ts";
import type { Link } from "./link.ts";

/** What the page can do about the folder. The worker is told of each change: a run may be going on. */
export function createMirrorControl(link: Link) {
  const show = async () => {
    const folder = await readMirrorFolder();
    if (folder === undefined) return setMirror({ status: "none" });
    const isGranted = await mayWrite(folder);
    setMirror({ status: isGranted ? "chosen" : "asks", folder: folder.name });
  };
  const change = async () => {
    await show();
    await link.request("reopenMirror", {});
  };
  return {
    /** At start-up. Without the browser's picker there is nothing to show. */
    async restore() {
      if (typeof showDirectoryPicker === "function") await show();
    },
    /** Only on a click. */
    async choose() {
      const folder = await pick();
      if (folder === null) return;
      await keepMirrorFolder(folder);
      await change();
    },
    /** Only on a click: the browser asks the user. */
    async allow() {
      const folder = await readMirrorFolder();
      await folder?.requestPermission?.({ mode: "readwrite" });
      await change();
    },
    async forget() {
      await forgetMirrorFolder();
      await change();
    },
  };
}

/** The folder that the user chose, or null where the dialog was closed without a choice. */
async function pick(): Promise<FileSystemDirectoryHandle | null> {
  try {
    return (await showDirectoryPicker?.({ id: "studio-mirror", mode: "readwrite" })) ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") return null;
    throw error;
  }
}
