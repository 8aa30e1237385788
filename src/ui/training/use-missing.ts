// What a run still needs before it can start, and the page where each thing is put right.
import { useDataset } from "../../state/dataset-store.ts";
import { type Page, useDevice, useModel } from "../../state/studio-store.ts";
import { en } from "../text/en.ts";
import type { FormCheck } from "./use-form-check.ts";

const words = en.training.missing;

export interface Missing {
  readonly text: string;
  /** Where to go; null for this page or for what only needs patience. */
  readonly page: Page | null;
}

/** Everything that is missing, nothing once the run can start. */
export function useMissing(check: FormCheck): readonly Missing[] {
  const device = useDevice();
  const model = useModel();
  const dataset = useDataset();
  const missing: Missing[] = [];
  if (device.status === "starting") missing.push({ text: words.deviceStarting, page: null });
  if (device.status === "failed") missing.push({ text: words.device, page: null });
  if (model.status === "loading") missing.push({ text: words.modelLoading, page: null });
  if (model.status === "failed") missing.push({ text: words.model, page: "model" });
  if (dataset.phase === "none" || dataset.phase === "failed") {
    missing.push({ text: words.data, page: "data" });
  } else if (dataset.phase === "reading" || dataset.inspection === null) {
    missing.push({ text: words.dataReading, page: "data" });
  } else if (dataset.inspection.obstacle !== null) {
    missing.push({ text: dataset.inspection.obstacle.message, page: "data" });
  }
  if (check.form.name.trim() === "") missing.push({ text: words.name, page: null });
  if (Object.keys(check.problems).length > 0) missing.push({ text: words.fields, page: null });
  return missing;
}
