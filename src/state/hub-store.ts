// A visit to the Hugging Face Hub: what was asked for, what was found, how far its download is. The token lives here and nowhere else.
import { create } from "zustand";
import { defaultHubUrl, type HubModel, type KeptDownload } from "../config/hub.ts";
import type { ModelOutline } from "../config/model-summary.ts";
import type { ErrorRecord } from "../lib/errors.ts";

/** A model that was found and that the studio can read. */
export interface FoundModel {
  readonly model: HubModel;
  readonly outline: ModelOutline;
}

export type HubVisit =
  | { readonly phase: "none" }
  | { readonly phase: "finding"; readonly name: string }
  | { readonly phase: "found"; readonly found: FoundModel }
  | {
      readonly phase: "downloading";
      readonly found: FoundModel;
      readonly bytes: number;
      /** Bytes a second of late; null until that is known. */
      readonly rate: number | null;
      readonly isStopping: boolean;
    }
  | { readonly phase: "stored"; readonly name: string; readonly id: string }
  | {
      readonly phase: "failed";
      readonly name: string;
      readonly error: ErrorRecord;
      /** What was being downloaded; null where the look-up failed. */
      readonly found: FoundModel | null;
    };

interface HubStore {
  readonly visit: HubVisit;
  /** Address of the Hub. */
  readonly hubUrl: string;
  /** Access token, or empty. In memory only: no storage, no record, no export, no log. */
  readonly token: string;
  /** Interrupted downloads in the storage. */
  readonly kept: readonly KeptDownload[];
}

export const useHubStore = create<HubStore>(() => ({
  visit: { phase: "none" },
  hubUrl: defaultHubUrl,
  token: "",
  kept: [],
}));

export const useHubVisit = () => useHubStore((state) => state.visit);
export const useHubUrl = () => useHubStore((state) => state.hubUrl);
export const useHubToken = () => useHubStore((state) => state.token);
export const useKeptDownloads = () => useHubStore((state) => state.kept);

export const setHubToken = (token: string) => useHubStore.setState({ token: token.trim() });
/** Puts a finished or failed visit away. */
export const closeHubVisit = () => useHubStore.setState({ visit: { phase: "none" } });
