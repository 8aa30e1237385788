import { expect, test } from "vitest";
import { importArguments } from "../../../src/config/argument-files.ts";
import { presetArguments } from "../../../src/config/presets.ts";
import {
  importIntoForm,
  isLayerCount,
  newForm,
  readDraft,
  recommend,
  renew,
  setArgument,
  toDraft,
  trainedLayers,
} from "../../../src/state/training-form.ts";

const form = newForm("head", 2400, "reviews");

test("what is recommended is read back as it was", () => {
  expect(readDraft(form.draft)).toEqual({
    ok: true,
    args: presetArguments("balanced", "head", 2400),
  });
});

test("an argument that the user set stays when the mode changes, the others follow", () => {
  const touched = setArgument(form, "learning_rate", "0.123");
  const full = recommend(touched, "full", 2400);
  expect(full.draft.learning_rate).toBe("0.123");
  expect(full.draft.num_train_epochs).toBe(
    toDraft(presetArguments("balanced", "full", 2400)).num_train_epochs,
  );
});

test.each([
  ["per_device_train_batch_size", "0", "A whole number from 1 to 4096, please."],
  ["per_device_train_batch_size", "2.5", "A whole number from 1 to 4096, please."],
  ["num_train_epochs", "", "A number above 0 to 1000, please."],
  ["learning_rate", "-1", "A number from 0 to 1, please."],
  ["save_steps", "ten", "A whole number from 1, or a share between 0 and 1, please."],
  ["logging_steps", "1.5", "A whole number from 1, or a share between 0 and 1, please."],
  ["adam_beta1", "1", "A number from 0 to below 1, please."],
  ["lr_scheduler_kwargs", "{num_cycles: 2}", 'Options as JSON, please, such as {"num_cycles": 2}.'],
] as const)("%s %j is refused with its limits", (name, value, problem) => {
  const bySteps = setArgument(form, "save_strategy", "steps");
  const { draft } = setArgument(bySteps, name, value);
  expect(readDraft(draft)).toEqual({ ok: false, problems: { [name]: problem } });
});

test("a field that has no say cannot keep a run from starting", () => {
  const byEpoch = setArgument(form, "save_strategy", "epoch");
  const read = readDraft(setArgument(byEpoch, "save_steps", "ten").draft);
  expect(read).toMatchObject({ ok: true, args: { save_steps: 500 } });
});

test("an empty optional number means none", () => {
  const read = readDraft(setArgument(form, "save_total_limit", "").draft);
  expect(read).toMatchObject({ ok: true, args: { save_total_limit: null } });
});

test("a folder that climbs out is refused", () => {
  expect(readDraft(setArgument(form, "output_dir", "a/../b").draft).ok).toBe(false);
});

test("the next run gets a name and a folder that no stored run has", () => {
  const stored = [{ name: "reviews", arguments: { output_dir: "results" } }] as never;
  const next = renew(form, "reviews", stored);
  expect(next.name).toBe("reviews-2");
  expect(next.draft.output_dir).toBe("results-2");
});

test("schedule options are typed as JSON and read as an object", () => {
  const read = readDraft(setArgument(form, "lr_scheduler_kwargs", '{"num_cycles": 2}').draft);
  expect(read).toMatchObject({ ok: true, args: { lr_scheduler_kwargs: { num_cycles: 2 } } });
  if (read.ok) expect(toDraft(read.args).lr_scheduler_kwargs).toBe('{"num_cycles":2}');
});

test("a file's arguments are taken and stay when the mode changes, the others are left alone", () => {
  const imported = importIntoForm(
    form,
    importArguments('{"learning_rate": 0.001, "eval_strategy": "no"}'),
  );
  expect(imported.draft.learning_rate).toBe("0.001");
  expect(imported.draft.evaluation_strategy).toBe("no");
  expect(imported.draft.weight_decay).toBe(form.draft.weight_decay);
  expect(recommend(imported, "full", 2400).draft.learning_rate).toBe("0.001");
});

test("the number of trained layers belongs to the mode that trains the last ones", () => {
  const last = { ...recommend(form, "last", 2400), numTrainableLayers: "2" };
  expect(trainedLayers(last)).toEqual({ num_trainable_layers: 2 });
  expect(trainedLayers(form)).toEqual({});
  expect(["1", "6"].every((text) => isLayerCount(text, 6))).toBe(true);
  expect(["0", "7", "", "1.5", "two"].some((text) => isLayerCount(text, 6))).toBe(false);
});
