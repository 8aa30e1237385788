// Base models on the page: the list, loading one, and taking in a dropped one.

import { importArguments } from "../config/argument-files.ts";
import { embeddedModels } from "../config/embedded-models.ts";
import type { ModelOption } from "../config/model-summary.ts";
import { StudioError, toErrorRecord } from "../lib/errors.ts";
import { setImported, useFormStore } from "../state/form-store.ts";
import { modelFit } from "../state/model-fit.ts";
import { modelKey } from "../state/removal-store.ts";
import { isLive } from "../state/run-state.ts";
import { getRun, getStoredRuns } from "../state/run-store.ts";
import { type BaseModel, type FoundFolder, useStudioStore } from "../state/studio-store.ts";
import { deleteModel, listModels, saveModelOfCheckpoint } from "../storage/models.ts";
import type { Link } from "./link.ts";
import { modelFolders } from "./model-folders.ts";
import { noteModelUse, readModelUses } from "./model-uses.ts";
import type { Removals } from "./removals.ts";

interface ModelParts {
  readonly link: Link;
  readonly removals: Removals;
  onStorageChange(): Promise<void>;
}

/** What the page can do with base models. */
export function createModelControl({ link, removals, onStorageChange }: ModelParts) {
  const list = async () => {
    const stored = await listModels();
    const uses = readModelUses();
    const options = stored.map(({ id, name, bytes, hub }): ModelOption => {
      const lastUsed = uses.get(id);
      return {
        id,
        name,
        source: "stored",
        storedBytes: bytes,
        ...(hub === null ? {} : { hub }),
        ...(lastUsed === undefined ? {} : { lastUsed }),
      };
    });
    useStudioStore.setState({ modelOptions: [...embeddedModels, ...options] });
  };
  let newestChoice = 0;
  /** Begins a choice, and gives what shows its news: nothing any more once another one was begun, whichever comes last. */
  const beginChoice = () => {
    newestChoice += 1;
    const own = newestChoice;
    return (model: BaseModel): boolean => {
      if (own !== newestChoice) return false;
      useStudioStore.setState({ model });
      return true;
    };
  };
  /** Asks first whether it fits, and leaves it unloaded where it does not. */
  const choose = async (id: string) => {
    const { device, modelOptions } = useStudioStore.getState();
    const isStored = modelOptions.some((option) => option.id === id && option.source === "stored");
    const show = beginChoice();
    if (isStored && device.status === "ready") {
      show({ status: "loading", id });
      // A config.json that cannot be read is refused by the loading itself, with its file and key.
      const outline = await link.request("describeModel", { id }).catch(() => null);
      if (outline !== null) {
        const { fit } = modelFit(outline, useFormStore.getState(), device.info);
        if (!fit.fits) {
          show({ status: "unfit", id, outline });
          return;
        }
      }
    }
    await load(id, show);
  };
  const load = async (id: string, show = beginChoice()) => {
    if (!show({ status: "loading", id })) return;
    try {
      const summary = await link.request("loadModel", { id });
      if (!show({ status: "ready", id, summary })) return;
      noteModelUse(
        id,
        useStudioStore.getState().modelOptions.map((option) => option.id),
      );
    } catch (error) {
      show({ status: "failed", id, error: toErrorRecord(error) });
    }
  };
  const forgetFound = () => useStudioStore.setState({ foundFolders: [] });
  /** Takes the one model of the files, or asks which of several. */
  const importFiles = async (dropped: readonly File[]) => {
    const folders = await modelFolders(dropped);
    const [first] = folders;
    if (first === undefined || folders.length > 1) {
      useStudioStore.setState({ foundFolders: folders });
      return;
    }
    await importFolder(first);
  };
  const importFolder = async ({ files, path, within }: FoundFolder) => {
    forgetFound();
    const { model: previous } = useStudioStore.getState();
    const name = path.replaceAll("/", "-");
    const show = beginChoice();
    show({ status: "loading", id: name || (files[0]?.name ?? "") });
    const { summary, checkpoint } = await link
      .request("importModel", { files, name, within: within ?? null })
      .catch(async (error: unknown) => {
        const isShown = show(previous);
        // The news of its loading came while it was not the chosen one.
        if (isShown && previous.status === "loading") await load(previous.id);
        throw error;
      });
    await list();
    if (!show({ status: "ready", id: summary.id, summary })) return;
    useStudioStore.setState({ importedCheckpoint: checkpoint });
    if (checkpoint !== null) setImported(importArguments(checkpoint.arguments));
  };
  /** Deletes a stored model unless that is taken back. True where another one had to be chosen. */
  const remove = async (id: string): Promise<boolean> => {
    const { model, modelOptions } = useStudioStore.getState();
    const name = modelOptions.find((option) => option.id === id)?.name ?? id;
    const run = getRun();
    if (isLive(run) && run.record.model_name_or_path === id) {
      throw new StudioError(`${run.record.name} is training ${name}.`, {
        hint: "Stop the run before you delete its model.",
      });
    }
    const commit = async () => {
      await deleteModel(id);
      await Promise.all([list(), onStorageChange()]);
    };
    removals.remove({ key: modelKey(id), name }, commit);
    const [first] = embeddedModels;
    if (model.id !== id || first === undefined) return false;
    await load(first.id);
    return true;
  };
  /** A checkpoint's weights become a base model of their own, and the chosen one. */
  const takeCheckpoint = async (runId: string, path: string) => {
    const name = getStoredRuns().find(({ record }) => record.id === runId)?.record.name ?? "run";
    const id = await saveModelOfCheckpoint(
      `${name}-${path.slice(path.lastIndexOf("/") + 1)}`,
      path,
    );
    await list();
    await load(id);
  };
  return { list, load, choose, importFiles, importFolder, forgetFound, remove, takeCheckpoint };
}
