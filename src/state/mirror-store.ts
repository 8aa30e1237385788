// The folder that runs are mirrored to, as the page knows it.
import { create } from "zustand";

export type Mirror =
  /** The browser has no real folders to give. */
  | { readonly status: "unavailable" }
  | { readonly status: "none" }
  | { readonly status: "chosen"; readonly folder: string }
  /** The browser wants the user to allow it again. */
  | { readonly status: "asks"; readonly folder: string };

const useMirrorStore = create<{ readonly mirror: Mirror }>(() => ({
  mirror: { status: "unavailable" },
}));

export const useMirror = () => useMirrorStore((store) => store.mirror);
export const setMirror = (mirror: Mirror) => useMirrorStore.setState({ mirror });
