// How a run's final model does on the held-out rows: the figures of the Results page.
import type { RunResults } from "../config/events.ts";
import { measureBaselines } from "../data/baselines.ts";
import type { PreparedDataset } from "../data/prepare-dataset.ts";
import { classMetrics, confusionMatrix } from "../trainer/metrics.ts";
import type { RunModel } from "./run-model.ts";

const mostMistakes = 100;

/** Scores the model before and after training and compares with the baselines. */
export async function measureResults(parts: {
  model: RunModel;
  prepared: PreparedDataset;
  checkpoint: string | null;
  step: number;
  nextTask: () => Promise<void>;
}): Promise<RunResults> {
  const { model, prepared, checkpoint, step, nextTask } = parts;
  const { labels, evaluation } = prepared;
  const after = await model.evaluate(nextTask);
  const before = await model.evaluateInitial(nextTask);
  const confusion = confusionMatrix(
    evaluation.map(({ label }) => label),
    after.predicted,
    labels.length,
  );
  return {
    version: 1,
    checkpoint,
    step,
    labels: [...labels],
    accuracy: after.accuracy,
    loss: after.loss,
    accuracyBefore: before.accuracy,
    confusion,
    perClass: classMetrics(confusion).map((metrics, id) => ({
      label: labels[id] ?? "",
      ...metrics,
    })),
    baselines: measureBaselines(prepared),
    mistakes: surestMistakes(prepared, after.predicted, after.probabilities),
  };
}

function surestMistakes(
  { labels, evaluation }: PreparedDataset,
  predicted: readonly number[],
  probabilities: Float32Array,
): RunResults["mistakes"] {
  return evaluation
    .map((row, index) => {
      const guess = predicted[index] ?? 0;
      const probability = probabilities[index * labels.length + guess] ?? 0;
      return { row, guess, probability };
    })
    .filter(({ row, guess }) => row.label !== guess)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, mostMistakes)
    .map(({ row, guess, probability }) => ({
      line: row.line,
      text: row.text.slice(0, 500),
      label: labels[row.label] ?? "",
      predicted: labels[guess] ?? "",
      probability,
    }));
}
