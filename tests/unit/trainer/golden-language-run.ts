// A golden run of a decoder as a language model, done again by our loop: losses, norms, evaluations and final weights.
import type { LogRow } from "../../../src/config/events.ts";
import { planSteps } from "../../../src/config/step-arithmetic.ts";
import { collateLanguage, type LanguageRow } from "../../../src/data/collate-language.ts";
import { epochBatches } from "../../../src/data/sampler.ts";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { matchTensors } from "../../../src/models/match-tensors.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { disposeClassifier } from "../../../src/trainer/classifier.ts";
import { createLanguageModel } from "../../../src/trainer/language-model.ts";
import {
  createLanguageObjective,
  evaluateLanguage,
  languageMicroBatch,
} from "../../../src/trainer/language-objective.ts";
import { createOptimizer } from "../../../src/trainer/optimizers/create-optimizer.ts";
import { disposeOptimizer, initOptimizer } from "../../../src/trainer/optimizers/optimizer.ts";
import { newProgress, train } from "../../../src/trainer/train.ts";
import { trainStep } from "../../../src/trainer/train-step.ts";
import {
  argumentsOf,
  type GoldenRow,
  type GoldenRun,
  logErrors,
  type ReadGolden,
  type RunErrors,
  readJson,
  weightErrors,
} from "./golden-run.ts";

/** The full run of each decoder, and the variants of Llama's where it is among them. */
export async function listLanguageRuns(
  read: ReadGolden,
  models: readonly string[],
): Promise<GoldenRun[]> {
  const full = await Promise.all(
    models.map(async (folder): Promise<GoldenRun> => {
      const { full: log } = await readJson<{ full: GoldenRun["log"] }>(
        read,
        `${folder}/expected.json`,
      );
      return { ...decoder(folder, folder, {}), log, after: `${folder}/after-full.safetensors` };
    }),
  );
  type Variants = Record<string, { arguments?: object; log: GoldenRun["log"] }>;
  const variants: Variants = models.includes("llama")
    ? await readJson<Variants>(read, "variants/expected.json")
    : {};
  const found = Object.entries(variants).flatMap(([name, { arguments: changed = {}, log }]) => {
    if (name.startsWith("llama/")) return { ...decoder(name, "llama", changed), log, after: null };
    if (!name.startsWith("llama-rope-")) return [];
    return { ...decoder(name, `variants/${name}`, changed), log, after: null };
  });
  return [...full, ...found];
}

const decoder = (name: string, folder: string, changed: object) => ({
  ...{ name, folder },
  arguments: { per_device_train_batch_size: 4, gradient_accumulation_steps: 2, ...changed },
});

/** Does the run again on the current back end. */
export async function measureLanguageRun(run: GoldenRun, read: ReadGolden): Promise<RunErrors> {
  const config = await readJson<Record<string, unknown>>(read, `${run.folder}/config.json`);
  const { train: trainRows, eval: heldOut } = await readJson<{
    train: GoldenRow[];
    eval: GoldenRow[];
  }>(read, `${run.folder}/rows.json`);
  const architecture = findArchitecture(config.model_type);
  const parsed = architecture.configSchema.parse(config);
  const name = `${run.folder}/model.safetensors`;
  const { tensors } = parseSafetensors(await read(name), name);
  const matched = matchTensors(architecture, parsed, { name, tensors }, false);
  const model = createLanguageModel({
    ...{ architecture, config: parsed, seed: 0 },
    weights: new Map([...matched.tensors].map(([tensor, { data }]) => [tensor, data])),
  });
  const log = await trainAgain(model, run, trainRows.map(toRow), heldOut.map(toRow));
  const after = run.after === null ? null : parseSafetensors(await read(run.after), run.after);
  const weights = await weightErrors(model, after?.tensors ?? new Map());
  disposeClassifier(model);
  return { ...logErrors(log, run.log), ...weights };
}

async function trainAgain(
  model: ReturnType<typeof createLanguageModel>,
  run: GoldenRun,
  rows: readonly LanguageRow[],
  heldOut: readonly LanguageRow[],
): Promise<readonly LogRow[]> {
  const args = argumentsOf(run);
  const rule = createOptimizer(args);
  const state = initOptimizer(rule, model.parameters);
  const objective = createLanguageObjective(model, args.label_smoothing_factor);
  const progress = newProgress();
  const lengths = rows.map((row) => row.reduce((sum, { ids }) => sum + ids.length, 0));
  const collate = (indices: readonly number[]) =>
    collateLanguage(
      indices.flatMap((index) => (rows[index] === undefined ? [] : [rows[index]])),
      1,
    );
  const events = train({
    ...{ args, plan: planSteps(args, rows.length), progress },
    control: { stop: false },
    batchesOfEpoch: (epoch) => epochBatches(args, lengths, epoch),
    async trainStep(batches, learningRate) {
      const made = batches.map((batch) => languageMicroBatch(model, collate(batch)));
      const result = await trainStep(model.parameters, rule, state, made, {
        ...{ objective, learningRate },
        weightDecay: args.weight_decay,
        maxGradNorm: args.max_grad_norm,
      });
      await objective.takeAccuracy();
      return { ...result, flos: 0, tokens: 0 };
    },
    async evaluate() {
      const batches = [heldOut.slice(0, 8), heldOut.slice(8)];
      const scored = await evaluateLanguage(
        model,
        batches.map((batch) => collateLanguage(batch, 1)),
        async () => {},
        args.label_smoothing_factor,
      );
      return { ...scored, batches: batches.length };
    },
    now: () => 0,
    nextTask: async () => {},
  });
  for await (const event of events) void event;
  disposeOptimizer(state);
  return progress.logHistory;
}

function toRow({ input_ids, attention_mask, labels }: GoldenRow): LanguageRow {
  const length = attention_mask.reduce((sum, bit) => sum + bit, 0);
  const trained = Uint8Array.from(labels as readonly number[], (label) => (label === -100 ? 0 : 1));
  return [{ ids: Int32Array.from(input_ids.slice(0, length)), trained: trained.slice(0, length) }];
}
