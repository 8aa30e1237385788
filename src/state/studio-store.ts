// Where the user is and what the studio stands on: page, theme, device, base model, storage.
import { create } from "zustand";
import { embeddedModels } from "../config/embedded-models.ts";
import type { ModelOption, ModelOutline, ModelSummary } from "../config/model-summary.ts";
import type { BackendChoice } from "../config/run-record.ts";
import type { ErrorRecord } from "../lib/errors.ts";
import type { NewerRun } from "../storage/runs.ts";
import type { DeviceInfo, ImportedCheckpoint } from "../worker/protocol.ts";

/** The steps of the job, in their order, and below a line in the rail what stands beside it. */
export const stepPages = ["model", "data", "training", "run", "results", "playground"] as const;
export const sidePages = ["files", "history", "learn"] as const;
export type Page = (typeof stepPages)[number] | (typeof sidePages)[number];

export type Theme = "system" | "dark" | "light";

export type Device =
  | { readonly status: "starting" }
  | { readonly status: "ready"; readonly info: DeviceInfo }
  | { readonly status: "failed"; readonly error: ErrorRecord };

export type BaseModel =
  | { readonly status: "loading"; readonly id: string }
  | { readonly status: "ready"; readonly id: string; readonly summary: ModelSummary }
  /** Not loaded yet: what the form would train of it does not fit into this device's memory. */
  | { readonly status: "unfit"; readonly id: string; readonly outline: ModelOutline }
  | { readonly status: "failed"; readonly id: string; readonly error: ErrorRecord };

/** A folder with a model in what was dropped. */
export interface FoundFolder {
  /** Such as "run/checkpoint-3"; "" for files in no folder. */
  readonly path: string;
  readonly files: readonly File[];
  /** The folder within the zip that `files` then is. */
  readonly within?: string;
}

/** A refusal, or with the tone `warning` news that needs no mending. */
type Notice = ErrorRecord & { readonly tone?: "warning" };

interface StudioStore {
  /** `welcome` stands before any page until a data set is chosen. */
  readonly page: Page | "welcome";
  readonly theme: Theme;
  readonly backendChoice: BackendChoice;
  readonly device: Device;
  readonly modelOptions: readonly ModelOption[];
  readonly model: BaseModel;
  /** Bytes used and granted, or null where the browser does not tell. */
  readonly storage: { readonly usage: number; readonly quota: number } | null;
  /** Part of the page to bring into view, or null: a notion of the Learn page. */
  readonly anchor: string | null;
  /** Stored runs that only a newer studio can open. */
  readonly newerRuns: readonly NewerRun[];
  /** The dropped checkpoint that the next run continues from, or null. */
  readonly importedCheckpoint: ImportedCheckpoint | null;
  /** The checkpoints of a dropped folder that holds several, until one is chosen. */
  readonly foundFolders: readonly FoundFolder[];
  /** The newest refusal or news that belongs to no field, until it is closed. */
  readonly notice: Notice | null;
}

export const useStudioStore = create<StudioStore>(() => ({
  page: "welcome",
  theme: "system",
  backendChoice: "auto",
  device: { status: "starting" },
  modelOptions: [],
  model: { status: "loading", id: embeddedModels[0].id },
  storage: null,
  anchor: null,
  newerRuns: [],
  importedCheckpoint: null,
  foundFolders: [],
  notice: null,
}));

export const usePage = () => useStudioStore((state) => state.page);
export const useTheme = () => useStudioStore((state) => state.theme);
export const useDevice = () => useStudioStore((state) => state.device);
export const useBackendChoice = () => useStudioStore((state) => state.backendChoice);
export const useModel = () => useStudioStore((state) => state.model);
export const useModelOptions = () => useStudioStore((state) => state.modelOptions);
export const useStorage = () => useStudioStore((state) => state.storage);
export const useNotice = () => useStudioStore((state) => state.notice);

export const getPage = () => useStudioStore.getState().page;
export const useAnchor = () => useStudioStore((state) => state.anchor);
export const useNewerRuns = () => useStudioStore((state) => state.newerRuns);
export const useImportedCheckpoint = () => useStudioStore((state) => state.importedCheckpoint);
export const useFoundFolders = () => useStudioStore((state) => state.foundFolders);
/** The next run starts anew after all. */
export const forgetImportedCheckpoint = () => useStudioStore.setState({ importedCheckpoint: null });

/** Goes to a page, or to a part of it. */
export const goTo = (page: Page | "welcome", anchor: string | null = null) =>
  useStudioStore.setState({ page, anchor });
/** Shows a refusal or news that belongs to no field, or closes it with null. */
export const setNotice = (notice: Notice | null) => useStudioStore.setState({ notice });
