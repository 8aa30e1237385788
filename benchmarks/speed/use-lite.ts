// Fine-tuning Universal Sentence Encoder lite on the sample, everything trained, batch 8: the studio's own model and step.
import Papa from "papaparse";
import { collate, type TokenBatch } from "../../src/data/collate.ts";
import { createClassifier, logitsOf } from "../../src/trainer/classifier.ts";
import { createObjective } from "../../src/trainer/objective.ts";
import { adamw } from "../../src/trainer/optimizers/adamw.ts";
import { initOptimizer } from "../../src/trainer/optimizers/optimizer.ts";
import { trainStep } from "../../src/trainer/train-step.ts";
import { type BaseModel, loadBaseModel } from "../../src/worker/base-model.ts";
import type { Prepared } from "./messages.ts";

const batchSize = 8;
const objective = createObjective("single_label_classification");
const folder = "/models/universal-sentence-encoder-lite/";

export interface UseLite {
  readonly base: BaseModel;
  /** Batches of eight rows, in the file's order. */
  readonly batches: readonly TokenBatch[];
}

/** The embedded model and the sample, tokenised. */
export async function loadUseLite(): Promise<UseLite> {
  const base = await loadBaseModel(
    { id: "universal-sentence-encoder-lite", name: "USE lite", source: "embedded" },
    async (name) => {
      const response = await fetch(folder + name);
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
    },
  );
  const text = await (await fetch("/samples/sentiment.csv")).text();
  const [, ...rows] = Papa.parse<string[]>(text, { skipEmptyLines: true }).data;
  const examples = rows.map(([sentence = "", label]) => ({
    ids: base.tokenizer.encode(sentence, 128),
    label: label === "positive" ? 1 : 0,
  }));
  const batches = Array.from({ length: Math.floor(examples.length / batchSize) }, (_, i) =>
    collate(examples.slice(i * batchSize, (i + 1) * batchSize), base.tokenizer.padId),
  );
  return { base, batches };
}

/** Steps of the studio as it is. */
export function stepsNow({ base, batches }: UseLite): Omit<Prepared, "description"> {
  const classifier = createClassifier({
    architecture: base.architecture,
    config: base.parsedConfig,
    labels: ["negative", "positive"],
    weights: base.weights,
    seed: 42,
  });
  const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const state = initOptimizer(rule, classifier.parameters);
  let next = 0;
  return {
    async step() {
      const batch = batches[next % batches.length] as TokenBatch;
      next += 1;
      const logits = () => logitsOf(classifier, batch);
      const options = { objective, learningRate: 1e-4, weightDecay: 0.01, maxGradNorm: 1 };
      const { loss } = await trainStep(
        classifier.parameters,
        rule,
        state,
        [{ labels: batch.labels, logits }],
        options,
      );
      return loss;
    },
  };
}
