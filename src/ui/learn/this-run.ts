// A run's own numbers under each notion of the Learn page. Null where the run has none yet.
import { planSteps, totalBatchSize } from "../../config/step-arithmetic.ts";
import { loggingDir } from "../../config/training-arguments.ts";
import {
  formatBytes,
  formatFixed,
  formatMagnitude,
  formatPercent,
  formatRate,
} from "../../lib/format.ts";
import type { Run } from "../../state/run-state.ts";
import { en } from "../text/en.ts";
import type { Notion } from "./notions.ts";

const words = en.learn.numbers;

/** What the run says to a notion, in one or two sentences. */
export function numbersOf(notion: Notion, run: Run): string | null {
  return tell[notion](run);
}

const tell: Record<Notion, (run: Run) => string | null> = {
  transfer({ record, header }) {
    if (header === null) return null;
    const all = formatMagnitude(header.allParameters);
    const trained = formatMagnitude(header.trainableParameters);
    const share = formatPercent(header.trainableParameters / header.allParameters, 2);
    if (record.mode === "head") return words.head(trained, all, share);
    if (record.mode === "scratch") return words.scratch(all);
    return record.mode === "full" ? words.full(all) : words.other(trained, all, share);
  },
  epoch(run) {
    const plan = planOf(run);
    if (plan === null) return null;
    const epoch = run.latest?.epoch ?? run.summary?.epoch ?? run.trainRows.at(-1)?.epoch ?? 0;
    return words.epochs(plan.trainRows, plan.updatesPerEpoch, plan.maxSteps, formatFixed(epoch, 2));
  },
  batch(run) {
    const plan = planOf(run);
    const args = run.record.arguments;
    if (plan === null) return null;
    const { per_device_train_batch_size: batch, gradient_accumulation_steps: accumulation } = args;
    return words.batch(batch, accumulation, totalBatchSize(args), plan.batchesPerEpoch);
  },
  learningRate(run) {
    const { learning_rate, lr_scheduler_type } = run.record.arguments;
    const plan = planOf(run);
    const now = run.latest?.learning_rate ?? run.trainRows.at(-1)?.learning_rate;
    if (plan === null || now === undefined) return null;
    const peak = formatRate(learning_rate);
    return words.rate(peak, plan.warmupSteps, lr_scheduler_type, formatRate(now));
  },
  regularization({ trainRows, evaluationRows }) {
    const train = trainRows.at(-1)?.loss;
    const evaluation = evaluationRows.at(-1)?.eval_loss;
    if (train == null || evaluation == null) return null;
    return words.losses(formatFixed(train, 3), formatFixed(evaluation, 3));
  },
  evaluation({ header, evaluationRows }) {
    if (header === null) return null;
    const rows = header.numEvaluationExamples;
    const last = evaluationRows.at(-1);
    return last === undefined
      ? words.neverScored(rows)
      : words.scored(rows, evaluationRows.length, formatFixed(last.eval_loss, 3));
  },
  logging(run) {
    const plan = planOf(run);
    const { trainRows, record } = run;
    if (plan === null) return null;
    return words.logged(trainRows.length, plan.loggingSteps, loggingDir(record.arguments));
  },
  snapshot({ checkpoints }) {
    if (checkpoints.length === 0) return words.noneSaved;
    const names = checkpoints.map(({ step }) => `checkpoint-${step}`).join(", ");
    return words.saved(names, formatBytes(checkpoints.reduce((sum, { bytes }) => sum + bytes, 0)));
  },
  rotation({ record, events }) {
    const written = events.filter(({ type }) => type === "checkpointSaved").length;
    const deleted = events.filter(({ type }) => type === "checkpointDeleted").length;
    if (written === 0) return null;
    return words.rotated(record.arguments.save_total_limit, written, deleted);
  },
  best(run) {
    const step = run.bestSteps.at(-1);
    const metric = run.record.arguments.metric_for_best_model ?? "loss";
    if (step === undefined) return words.noBest;
    return words.best(
      metric,
      step,
      run.checkpoints.some((checkpoint) => checkpoint.step === step),
    );
  },
  tokens: ({ record }) => words.tokens(record.arguments.max_length),
  seed: ({ record }) => words.seed(record.arguments.seed),
};

function planOf({ record, header }: Run) {
  return header === null ? null : planSteps(record.arguments, header.numExamples);
}
