// What a model says to single texts, before and after training. It keeps the classifiers of the last run asked about.
import { type ProblemType, problemTypeOf } from "../config/problem-type.ts";
import { collate } from "../data/collate.ts";
import { encodeRow } from "../data/encode-row.ts";
import type { PairTokens } from "../data/tokenizer.ts";
import { bestOfTrainerStateSchema } from "../formats/trainer-state.ts";
import { StudioError } from "../lib/errors.ts";
import { listCheckpoints } from "../storage/checkpoints.ts";
import { readFile } from "../storage/folders.ts";
import { type Classifier, createClassifier, disposeClassifier } from "../trainer/classifier.ts";
import { predictOutputs } from "../trainer/predict.ts";
import type { BaseModel } from "./base-model.ts";
import type { Prediction } from "./protocol.ts";
import { readChosen } from "./read-chosen.ts";
import { readCheckpointWeights } from "./restore-checkpoint.ts";
import { initialClassifier } from "./run-model.ts";
import { recordOf } from "./stored-record.ts";

interface Pair {
  readonly key: string;
  readonly base: BaseModel;
  readonly labels: readonly string[];
  readonly problemType: ProblemType;
  readonly maxLength: number;
  readonly after: Classifier;
  readonly before: Classifier | null;
}

/** A predictor. `loadBase` gives base models by id. */
export function createPredictor(loadBase: (id: string) => Promise<BaseModel>) {
  let pair: Pair | undefined;

  const use = async (key: string, make: () => Promise<Omit<Pair, "key">>): Promise<Pair> => {
    if (pair?.key === key) return pair;
    const made = { key, ...(await make()) };
    if (pair !== undefined)
      for (const each of [pair.after, pair.before]) if (each) disposeClassifier(each);
    pair = made;
    return made;
  };

  return {
    async one(
      { text, pair }: { readonly text: string; readonly pair?: string },
      from: { runId: string } | { modelId: string },
    ): Promise<Prediction> {
      const chosen =
        "runId" in from
          ? await runPair(from.runId, loadBase, use)
          : await modelPair(from.modelId, loadBase, use);
      const { base, problemType } = chosen;
      const cells = pair === undefined ? { text } : { text, pair };
      const tokens = encodeRow(base.tokenizer, cells, chosen.maxLength);
      const batch = collate([{ ...tokens, label: 0 }], base.tokenizer.padId);
      const ask = async (classifier: Classifier) => [
        ...(await predictOutputs(classifier, problemType, batch)),
      ];
      return {
        labels: chosen.labels,
        problemType,
        after: await ask(chosen.after),
        before: chosen.before === null ? null : await ask(chosen.before),
      };
    },

    /** A run's best weights, for many texts. It must be asked for anew after each wait: the next question may replace it. */
    async ofRun(runId: string): Promise<RunPredictor> {
      const { base, labels, problemType, maxLength, after } = await runPair(runId, loadBase, use);
      return {
        labels,
        problemType,
        classifier: after,
        padId: base.tokenizer.padId,
        encode: (row) => encodeRow(base.tokenizer, row, maxLength),
      };
    },
  };
}

/** What it takes to predict texts with a run's best weights. */
export interface RunPredictor {
  readonly labels: readonly string[];
  readonly problemType: ProblemType;
  readonly classifier: Classifier;
  readonly padId: number;
  encode(row: { readonly text: string; readonly pair?: string }): PairTokens;
}

type Use = (key: string, make: () => Promise<Omit<Pair, "key">>) => Promise<Pair>;
type LoadBase = (id: string) => Promise<BaseModel>;

async function modelPair(modelId: string, loadBase: LoadBase, use: Use): Promise<Pair> {
  return use(`model ${modelId}`, async () => {
    const base = await loadBase(modelId);
    const { labels, weights } = base;
    if (labels === null) {
      throw new StudioError(`${base.summary.name} has no classification head yet.`, {
        hint: "Train one first.",
      });
    }
    const { architecture, parsedConfig: config } = base;
    const after = createClassifier({ architecture, config, labels, weights, seed: 0 });
    const problemType = problemTypeOf(base.config, labels.length);
    // Texts are cut as the run cut them.
    const maxLength = Math.min(base.summary.maxLength, base.trainedLength ?? Infinity);
    return { base, labels, problemType, maxLength, after, before: null };
  });
}

async function runPair(runId: string, loadBase: LoadBase, use: Use): Promise<Pair> {
  const record = await recordOf(runId);
  const path = await bestPath(record.arguments.output_dir);
  return use(`run ${runId} ${path}`, async () => {
    const base = await loadBase(record.model_name_or_path);
    const { labels } = await readChosen(record.dataset);
    const weights = await readCheckpointWeights(path);
    const { architecture, parsedConfig: config } = base;
    return {
      base,
      labels,
      problemType: record.dataset.problem_type,
      maxLength: record.arguments.max_length,
      after: createClassifier({ architecture, config, labels, weights, seed: 0 }),
      before: initialClassifier(record, base, labels),
    };
  });
}

/** The best checkpoint as the newest trainer_state.json names it, or the newest one. */
async function bestPath(outputDir: string): Promise<string> {
  const checkpoints = await listCheckpoints(outputDir);
  const newest = checkpoints.at(-1);
  if (newest === undefined) {
    throw new StudioError("This run has no saved checkpoint yet.", {
      hint: "Wait for the first save.",
    });
  }
  const bytes = await readFile(newest.path, "trainer_state.json");
  const state = bestOfTrainerStateSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  const best = checkpoints.find(({ path }) => path === state.best_model_checkpoint);
  return (best ?? newest).path;
}
