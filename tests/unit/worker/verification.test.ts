import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { planSteps } from "../../../src/config/step-arithmetic.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { collate } from "../../../src/data/collate.ts";
import { fitRows } from "../../../src/data/encode-language.ts";
import { epochBatches } from "../../../src/data/sampler.ts";
import { createTokenizer } from "../../../src/data/tokenizer.ts";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { type Classifier, createClassifier, logitsOf } from "../../../src/trainer/classifier.ts";
import { createObjective } from "../../../src/trainer/objective.ts";
import { loadBaseModel } from "../../../src/worker/base-model.ts";
import { languageTask } from "../../../src/worker/language-task.ts";
import {
  type VerificationParts,
  verificationFiles,
} from "../../../src/worker/verification/verification.ts";
import { runPython, torchPython } from "../support/python.ts";
import { startWasmForTests } from "../support/wasm.ts";
import {
  argumentsOf,
  type GoldenRow,
  type GoldenRun,
  listGoldenRuns,
  loadModel,
  toBatch,
} from "../trainer/golden-run.ts";
import { recordOf } from "./node-runs.ts";

const read = async (path: string) =>
  new Uint8Array(await readFile(new URL(`../../golden/${path}`, import.meta.url)));
const runs = await listGoldenRuns(read, ["bert", "roberta", "distilbert"]);

beforeAll(startWasmForTests);

/** Runs verify.py of each folder, as if it were started there: one process, because importing PyTorch takes seconds. */
const driver = `
import runpy, sys
for folder in sys.argv[1:]:
    print("==", flush=True)
    try:
        runpy.run_path(folder + "/verify.py", run_name="__main__")
    except SystemExit as end:
        print("code", end.code, flush=True)`;

/** What the script printed for each of the replays, its exit code last. */
async function replay(
  all: readonly { parts: VerificationParts; spoil?: (text: string) => string }[],
) {
  const root = mkdtempSync(join(tmpdir(), "studio-verify-"));
  const folders: string[] = [];
  for (const [index, { parts, spoil }] of all.entries()) {
    const folder = join(root, String(index));
    mkdirSync(folder);
    folders.push(folder);
    for (const { name, bytes } of await verificationFiles(parts)) {
      writeFileSync(join(folder, name), bytes);
    }
    const file = join(folder, "run.json");
    if (spoil !== undefined) writeFileSync(file, spoil(readFileSync(file, "utf8")));
    for (const variable of parts.model.parameters.values()) variable.dispose();
  }
  const printed = runPython(torchPython ?? "", driver, folders);
  rmSync(root, { recursive: true, force: true });
  return printed.split("==\n").slice(1);
}

async function partsOf(run: GoldenRun): Promise<VerificationParts & { classifier: Classifier }> {
  const { classifier, rows, problemType } = await loadModel(run.folder, read);
  const args = argumentsOf(run);
  const plan = planSteps(args, rows.train.length);
  const lengths = rows.train.map(({ input_ids }) => input_ids.length);
  return {
    name: run.name,
    backend: "wasm",
    tolerance: 1e-5,
    args,
    plan,
    config: JSON.parse(new TextDecoder().decode(await read(`${run.folder}/config.json`))),
    classifier,
    task: problemType,
    model: {
      parameters: classifier.parameters,
      trainable: classifier.parameters,
      objective: createObjective(problemType, args.label_smoothing_factor),
    },
    isNoisy: false,
    // The reference Trainer's own rows stand in for a log: ours must agree with PyTorch, and so must it.
    logHistory: run.log.filter((row) => "learning_rate" in row) as never,
    updateAt(step) {
      const epoch = Math.floor(step / plan.updatesPerEpoch);
      const batch = epochBatches(args, lengths, epoch)[step % plan.updatesPerEpoch] ?? [];
      const made = toBatch(classifier, rows.train, batch);
      return { microBatches: [made], tokenBatches: [made.tokens] };
    },
    nextTask: async () => {},
  };
}

const goldenParts = async (name: string) => {
  const run = runs.find((each) => each.name === name);
  if (run === undefined) throw new Error(`There is no golden run ${name}.`);
  return partsOf(run);
};

test.skipIf(torchPython === undefined)(
  "PyTorch alone replays runs of every kind, and finds a wrong figure (skipped where PyTorch is not installed)",
  async () => {
    const chosen = ["roberta", "distilbert", "bert/adafactor"];
    const writers = await Promise.all(["gpt2", "gemma3"].map(writerParts));
    const others = ["bert/label_smoothing", "bert-regression", "bert-multi-label"];
    const good = await Promise.all([...chosen, ...others].map(goldenParts));
    const wrong = {
      parts: await goldenParts("bert/sgd"),
      spoil: (text: string) => text.replace('"weight_decay":0.01', '"weight_decay":0.9'),
    };
    const printed = await replay([
      ...[...good, ...writers, sentenceEncoderParts(), await pairParts()].map((parts) => ({
        parts,
      })),
      wrong,
    ]);
    for (const text of printed.slice(0, -1)) {
      expect(text).toMatch(/(\d+) of \1 agree within 1e-05: PASS\ncode 0/u);
    }
    expect(printed.at(-1)).toMatch(/: FAIL\ncode 1/u);
    expect(printed).toHaveLength(11);
  },
  240_000,
);

/** A golden decoder on its golden rows, with the reference Trainer's own log. */
async function writerParts(folder: string): Promise<VerificationParts> {
  const json = async (name: string) => JSON.parse(new TextDecoder().decode(await read(name)));
  const base = await loadBaseModel(
    { id: folder, name: folder, source: "stored" },
    async (name) => await read(`${folder}/${name}`).catch(() => undefined),
  );
  const [{ train }, { full }] = [
    await json(`${folder}/rows.json`),
    await json(`${folder}/expected.json`),
  ];
  const rows = train.map(({ input_ids, attention_mask, labels }: GoldenRow) => {
    const length = attention_mask.reduce((sum, each) => sum + each, 0);
    const learned = (labels as number[]).slice(0, length);
    return [
      {
        ids: Int32Array.from(input_ids.slice(0, length)),
        trained: Uint8Array.from(learned, (label) => (label === -100 ? 0 : 1)),
      },
    ];
  });
  const arguments_ = { per_device_train_batch_size: 4, gradient_accumulation_steps: 2 };
  const args = argumentsOf({
    ...{ name: folder, folder, log: full, after: null },
    arguments: arguments_,
  });
  const part = { rows, figures: fitRows([], 1, false).figures };
  const task = languageTask({
    record: { ...recordOf({ output_dir: folder }), arguments: { ...args, output_dir: folder } },
    base,
    backend: { backend: "wasm", memory: { total: null, largest: null } },
    data: { train: part, evaluation: { ...part, rows: [] }, notes: [] },
  });
  const model = await task.createModel(() => {}, { pass: async () => {} });
  const plan = planSteps(args, rows.length);
  return {
    ...{ name: folder, backend: "wasm", tolerance: 1e-5, args, plan, model, isNoisy: false },
    ...{ task: "language_modeling", config: task.config },
    logHistory: full.filter((row: object) => "learning_rate" in row),
    updateAt(step) {
      const epoch = Math.floor(step / plan.updatesPerEpoch);
      const first = (step % plan.updatesPerEpoch) * args.gradient_accumulation_steps;
      const batches = epochBatches(args, model.trainLengths, epoch);
      return model.trainBatches(batches.slice(first, first + args.gradient_accumulation_steps));
    },
    nextTask: async () => {},
  };
}

/** The golden BERT on pairs: the second half of each row's tokens is the second text. */
async function pairParts(): Promise<VerificationParts> {
  const parts = await goldenParts("bert");
  return {
    ...parts,
    logHistory: [],
    updateAt(step) {
      const [tokens] = parts.updateAt(step).tokenBatches;
      const [batch] = parts.updateAt(step).microBatches;
      if (tokens === undefined || batch === undefined) throw new Error("There is no such update.");
      const { labels } = batch;
      const half = Math.floor(tokens.length / 2);
      const tokenTypeIds = tokens.inputIds.map((_, at) => (at % tokens.length < half ? 0 : 1));
      const paired = { ...tokens, labels, tokenTypeIds };
      const logits = () => logitsOf(parts.classifier, paired);
      return { microBatches: [{ labels, logits }], tokenBatches: [paired] };
    },
  };
}

/** The embedded model, with weighted classes and accumulation. */
function sentenceEncoderParts(): VerificationParts {
  const folder = new URL(
    "../../../public/models/universal-sentence-encoder-lite/",
    import.meta.url,
  );
  const json = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
  const tokenizer = createTokenizer(json("tokenizer.json"), json("tokenizer_config.json"));
  const config = json("config.json");
  const architecture = findArchitecture(config.model_type);
  const bytes = new Uint8Array(readFileSync(new URL("model.safetensors", folder)));
  const file = parseSafetensors(bytes, "model.safetensors");
  const classifier = createClassifier({
    architecture,
    config: architecture.configSchema.parse(config),
    labels: ["good", "bad"],
    weights: new Map([...file.tensors].map(([name, { data }]) => [name, data])),
    seed: 42,
  });
  const args = trainingArgumentsSchema.parse({
    max_steps: 3,
    per_device_train_batch_size: 2,
    gradient_accumulation_steps: 2,
    learning_rate: 1e-3,
    weight_decay: 0.1,
    lr_scheduler_type: "cosine",
  });
  const texts = ["a lovely film", "the soup was cold, and nobody came to ask", "no", "it works"];
  return {
    name: "sentences",
    backend: "wasm",
    tolerance: 1e-5,
    args,
    plan: planSteps(args, texts.length),
    config,
    task: "single_label_classification",
    model: {
      parameters: classifier.parameters,
      trainable: classifier.parameters,
      objective: createObjective("single_label_classification"),
    },
    isNoisy: false,
    logHistory: [],
    updateAt() {
      const tokenBatches = [texts.slice(0, 2), texts.slice(2)].map((part) =>
        collate(
          part.map((text, label) => ({ ids: tokenizer.encode(text, 32), label })),
          tokenizer.padId,
        ),
      );
      const microBatches = tokenBatches.map((batch) => ({
        labels: batch.labels,
        weights: Float32Array.of(0.5, 2),
        logits: () => logitsOf(classifier, batch),
      }));
      return { microBatches, tokenBatches };
    },
    nextTask: async () => {},
  };
}
