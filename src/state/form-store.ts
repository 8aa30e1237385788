// The training form on the screen.
import { create } from "zustand";
import type { ImportedArguments } from "../config/argument-files.ts";
import type { Preset, PresetSubject } from "../config/presets.ts";
import type { RunRecord, TrainingMode } from "../config/run-record.ts";
import type { ArgumentName, TrainingArguments } from "../config/training-arguments.ts";
import {
  choosePreset,
  copyRecord,
  type DraftValue,
  importIntoForm,
  newForm,
  recommend,
  renew,
  setArgument,
  setArguments,
  type TrainingForm,
} from "./training-form.ts";

/** Rows that the recommendations assume before a data set is chosen. */
const assumedRows = 2000;

export const useFormStore = create<TrainingForm>(() => newForm("head", assumedRows, "run-1"));

export const useForm = () => useFormStore();
/** The kind of target and of head stay where none are given. */
export const setMode = (mode: TrainingMode, trainRows: number, subject?: PresetSubject) =>
  useFormStore.setState((form) => recommend(form, mode, trainRows, subject));
export const setArgumentValue = (name: ArgumentName, value: DraftValue) =>
  useFormStore.setState((form) => setArgument(form, name, value));
/** Takes the arguments of a file. */
export const setImported = (imported: ImportedArguments) =>
  useFormStore.setState((form) => importIntoForm(form, imported));
export const setTrainableLayers = (numTrainableLayers: string) =>
  useFormStore.setState({ numTrainableLayers });
/** Sets several arguments at once, as a remedy asks for it. */
export const setArgumentValues = (change: Partial<TrainingArguments>) =>
  useFormStore.setState((form) => setArguments(form, change));
/** Starts from a preset again. */
export const setPreset = (preset: Preset, trainRows: number) =>
  useFormStore.setState((form) => choosePreset(form, preset, trainRows));
export const setRunName = (name: string) => useFormStore.setState({ name });
/** Takes over a run's arguments. */
export const fillForm = (record: RunRecord, trainRows: number, taken: readonly RunRecord[]) =>
  useFormStore.setState((form) => copyRecord(form, record, trainRows, taken));
/** Names the next run after `stem`, and gives it a checkpoint folder of its own. */
export const renewForm = (stem: string, stored: readonly RunRecord[]) =>
  useFormStore.setState((form) => renew(form, stem, stored));
