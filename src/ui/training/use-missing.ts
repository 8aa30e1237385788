// What a run still needs before it can start, and the page where each thing is put right.
import { useDataset, useLengthFigures } from "../../state/dataset-store.ts";
import { type Page, useDevice, useModel } from "../../state/studio-store.ts";
import { en } from "../text/en.ts";
import type { FormCheck } from "./use-form-check.ts";

const words = en.training.missing;

export interface Missing {
  readonly text: string;
  /** Where to go; null for this page. */
  readonly page: Page | null;
  /** It is on its way and needs nothing but patience. */
  readonly isComing: boolean;
}

/** Everything that is missing, nothing once the run can start. */
export function useMissing(check: FormCheck): readonly Missing[] {
  const device = useDevice();
  const model = useModel();
  const dataset = useDataset();
  const learned = useLengthFigures()?.language;
  const missing: Missing[] = [];
  const lacks = (text: string, page: Page | null) => missing.push({ text, page, isComing: false });
  const awaits = (text: string) => missing.push({ text, page: null, isComing: true });
  if (device.status === "starting") awaits(words.deviceStarting);
  if (device.status === "failed") lacks(words.device, null);
  if (model.status === "loading") awaits(words.modelLoading);
  if (model.status === "failed" || model.status === "unfit") lacks(words.model, "model");
  if (dataset.phase === "none" || dataset.phase === "failed") {
    lacks(words.data, "data");
  } else if (dataset.phase === "reading" || dataset.inspection === null || dataset.inspecting) {
    awaits(words.dataReading);
  } else if (dataset.inspection.obstacle !== null) {
    lacks(dataset.inspection.obstacle.message, "data");
  } else if (learned?.packedRows === 0) {
    lacks(words.nothingLearned(String(check.form.draft.max_length)), "data");
  }
  if (check.form.name.trim() === "") lacks(words.name, null);
  if (Object.keys(check.problems).length > 0 || check.layersProblem !== null)
    lacks(words.fields, null);
  return missing;
}
