// What happens in a run, as facts. The worker makes them, `events.jsonl` keeps them, the page reduces them.
// Replaying a stored file through the same reducer gives the same screen.
import { z } from "zod";
import { errorCodes } from "../lib/errors.ts";

/** Phases of a run as automation and screen readers see them. */
const runPhases = [
  "idle",
  "preparing",
  "training",
  "evaluating",
  "paused",
  "completed",
  "stopped",
  "failed",
  "interrupted",
] as const;
export type RunPhase = (typeof runPhases)[number];

/** One row of `log_history` for a training interval; keys as in trainer_state.json. */
const trainLogRowSchema = z.object({
  epoch: z.number(),
  grad_norm: z.number().nullable(),
  learning_rate: z.number(),
  loss: z.number().nullable(),
  /** Of language models: share of the tokens since the last row that had the highest logit. */
  mean_token_accuracy: z.number().optional(),
  num_input_tokens_seen: z.number().optional(),
  /** Of language models: share of the batches' places since the last row that held padding. No name of the Trainer's. */
  padding_share: z.number().optional(),
  step: z.number(),
  /** Seconds, and tokens a second, since the run began: where tokens are counted. */
  train_runtime: z.number().optional(),
  train_tokens_per_second: z.number().optional(),
});
export type TrainLogRow = z.output<typeof trainLogRowSchema>;

/** One row of `log_history` for an evaluation. */
const evaluationLogRowSchema = z.object({
  epoch: z.number(),
  /** Each problem type has its own metrics. */
  eval_accuracy: z.number().optional(),
  eval_f1: z.number().optional(),
  eval_f1_macro: z.number().optional(),
  eval_hamming_loss: z.number().optional(),
  eval_mse: z.number().optional(),
  eval_rmse: z.number().optional(),
  eval_mae: z.number().optional(),
  eval_r2: z.number().optional(),
  eval_pearson: z.number().optional(),
  /** Of language models: e to the power of the loss. */
  eval_perplexity: z.number().optional(),
  /** null where the loss is not a finite number. */
  eval_loss: z.number().nullable(),
  eval_runtime: z.number(),
  eval_samples_per_second: z.number(),
  eval_steps_per_second: z.number(),
  num_input_tokens_seen: z.number().optional(),
  step: z.number(),
});
export type EvaluationLogRow = z.output<typeof evaluationLogRowSchema>;

/** The metric of a score that says most: accuracy, F1 of label sets, a regression's share of explained variance, perplexity. */
export function mainScore(row: EvaluationLogRow): {
  readonly name: "accuracy" | "f1" | "r2" | "pearson" | "perplexity";
  readonly value: number | null;
} {
  if (row.eval_perplexity !== undefined) {
    return { name: "perplexity", value: row.eval_perplexity };
  }
  if (row.eval_f1 !== undefined) return { name: "f1", value: row.eval_f1 };
  if (row.eval_accuracy !== undefined) return { name: "accuracy", value: row.eval_accuracy };
  // Runs of older studios logged the correlation alone.
  if (row.eval_r2 !== undefined || row.eval_rmse !== undefined) {
    return { name: "r2", value: row.eval_r2 ?? null };
  }
  return { name: "pearson", value: row.eval_pearson ?? null };
}

/** Of all main scores perplexity alone is better where it is smaller. */
export const isSmallerBetter = (name: ReturnType<typeof mainScore>["name"]): boolean =>
  name === "perplexity";

/** The last row of `log_history`. */
const summaryLogRowSchema = z.object({
  epoch: z.number(),
  num_input_tokens_seen: z.number().optional(),
  step: z.number(),
  total_flos: z.number(),
  train_loss: z.number(),
  train_runtime: z.number(),
  train_samples_per_second: z.number(),
  train_steps_per_second: z.number(),
});
export type SummaryLogRow = z.output<typeof summaryLogRowSchema>;

export const logRowSchema = z.union([
  trainLogRowSchema,
  evaluationLogRowSchema,
  summaryLogRowSchema,
]);
export type LogRow = z.output<typeof logRowSchema>;

/** A saved checkpoint, as lists show it. */
const checkpointInfoSchema = z.object({
  /** `<output_dir>/checkpoint-<step>`. */
  path: z.string(),
  step: z.number(),
  bytes: z.number(),
  /** Milliseconds since 1970. */
  savedAt: z.number(),
});
export type CheckpointInfo = z.output<typeof checkpointInfoSchema>;

/** The figures that the Trainer prints before a run. */
const runHeaderSchema = z.object({
  numExamples: z.number(),
  numEvaluationExamples: z.number(),
  totalTrainBatchSize: z.number(),
  updatesPerEpoch: z.number(),
  maxSteps: z.number(),
  trainableParameters: z.number(),
  allParameters: z.number(),
  backend: z.string(),
  adapter: z.string(),
});
export type RunHeader = z.output<typeof runHeaderSchema>;

/** Where the time of the newest updates went, and by what they ran. */
const performanceSchema = z.object({
  /** Updates that the figures are the mean of. */
  updates: z.number(),
  /** Whether steps were prepared or checked during them, because no update was free of that; runs of older studios do not tell. */
  isSteady: z.boolean().default(true),
  /** Milliseconds of an update: all of it, making its batches, and handing it to the back end or computing it. */
  update: z.number(),
  batches: z.number(),
  issue: z.number(),
  /** Tokens without padding, since the run was last started. */
  tokensPerSecond: z.number(),
  /** Floating-point operations of useful products; runs of older studios do not tell. */
  operationsPerSecond: z.number().optional(),
  /** Share of all batches' places that held padding, since the run's first update; runs of older studios have none. */
  paddingShare: z.number().optional(),
  backend: z.string(),
  adapter: z.string(),
  /** Why this back end was taken; runs of older studios do not tell. */
  chosen: z.string().optional(),
  kernels: z.string(),
  threads: z.number(),
  /** Why updates do not run as captured steps, where they could. */
  reason: z.string().nullable(),
  /** On a GPU: what an update asks of it. */
  gpu: z
    .object({
      dispatches: z.number(),
      /** Those of them that are tfjs's own programs and not the studio's, by name; runs of older studios do not tell. */
      foreign: z.record(z.string(), z.number()).optional(),
      /** Programs compiled, milliseconds until they were, and those of all that brings steps into being and checks them. */
      preparation: z
        .object({ programs: z.number(), compiling: z.number(), time: z.number() })
        .optional(),
      /** Bytes of the plans beyond parameters and optimiser state. */
      planBytes: z.number(),
      steps: z.array(
        z.object({ key: z.string(), dispatches: z.number(), reason: z.string().nullable() }),
      ),
    })
    .nullable(),
});
export type Performance = z.output<typeof performanceSchema>;

/** What a score means nothing without: the same split, scored by simpler means. Of classes by accuracy. */
const baselinesSchema = z.object({
  /** What the figures are: accuracy, F1 of label sets (micro), or R² of a regression. */
  metric: z.enum(["accuracy", "f1", "r2"]).default("accuracy"),
  /** 1 / classes; null where there are none. */
  chance: z.number().nullable(),
  /** Always the same answer: the most frequent training class, the most frequent labels, or the mean of the training rows. */
  majority: z.number(),
  /** TF-IDF with logistic regression, or with ridge regression; null where that would take too long. */
  wordCounts: z.number().nullable(),
});
export type Baselines = z.output<typeof baselinesSchema>;

const classFiguresSchema = z.object({
  label: z.string(),
  precision: z.number().nullable(),
  recall: z.number().nullable(),
  f1: z.number().nullable(),
  support: z.number(),
});

const resultsOfAll = {
  version: z.literal(1),
  /** Checkpoint whose weights were scored, or null for weights that were not saved. */
  checkpoint: z.string().nullable(),
  step: z.number(),
  labels: z.array(z.string()),
  loss: z.number(),
  baselines: baselinesSchema,
};

const classResultsSchema = z.object({
  ...resultsOfAll,
  problem_type: z.literal("single_label_classification"),
  accuracy: z.number(),
  /** Accuracy of the model before its first update, on the same rows. */
  accuracyBefore: z.number(),
  /** `confusion[actual][predicted]`, rows counted. */
  confusion: z.array(z.array(z.number())),
  perClass: z.array(classFiguresSchema),
  /** The same two before the first update; runs of older studios have none. */
  confusionBefore: z.array(z.array(z.number())).optional(),
  perClassBefore: z.array(classFiguresSchema).optional(),
  /** Wrong rows, the surest first, at most 100. */
  mistakes: z.array(
    z.object({
      line: z.number(),
      text: z.string(),
      label: z.string(),
      predicted: z.string(),
      probability: z.number(),
    }),
  ),
});
export type ClassResults = z.output<typeof classResultsSchema>;

const labelSetScoresSchema = z.object({
  accuracy: z.number(),
  f1: z.number(),
  f1_macro: z.number(),
  hamming_loss: z.number(),
});

const labelSetResultsSchema = z.object({
  ...resultsOfAll,
  problem_type: z.literal("multi_label_classification"),
  rows: z.number(),
  metrics: labelSetScoresSchema,
  metricsBefore: labelSetScoresSchema,
  perClass: z.array(classFiguresSchema),
  perClassBefore: z.array(classFiguresSchema),
});
export type LabelSetResults = z.output<typeof labelSetResultsSchema>;

const regressionScoresSchema = z.object({
  mse: z.number(),
  rmse: z.number(),
  mae: z.number(),
  r2: z.number().optional(),
  pearson: z.number().optional(),
});

const regressionResultsSchema = z.object({
  ...resultsOfAll,
  problem_type: z.literal("regression"),
  rows: z.number(),
  metrics: regressionScoresSchema,
  metricsBefore: regressionScoresSchema,
  /** One entry a target, in the order of `labels`. */
  targets: z.array(z.object({ after: regressionScoresSchema, before: regressionScoresSchema })),
});
export type RegressionResults = z.output<typeof regressionResultsSchema>;

const languageScoresSchema = {
  /** As the Trainer computes `eval_loss`: it depends on the batches. */
  loss: z.number(),
  /** Mean over all tokens that count. */
  token_loss: z.number(),
  /** e to the power of `loss`. */
  perplexity: z.number(),
  /** Share of the tokens that had the highest logit. */
  accuracy: z.number(),
};

const languageResultsSchema = z.object({
  version: z.literal(1),
  problem_type: z.literal("language_modeling"),
  checkpoint: z.string().nullable(),
  step: z.number(),
  ...languageScoresSchema,
  /** Held-out rows, and their tokens that count. */
  rows: z.number(),
  tokens: z.number(),
  /** The same before the first update. */
  before: z.object(languageScoresSchema),
});
export type LanguageResults = z.output<typeof languageResultsSchema>;

/** How the final model does on the held-out rows. Older studios knew classes only, and did not say so. */
export const runResultsSchema = z.preprocess(
  (stored) =>
    typeof stored === "object" && stored !== null && !("problem_type" in stored)
      ? { ...stored, problem_type: "single_label_classification" }
      : stored,
  z.discriminatedUnion("problem_type", [
    classResultsSchema,
    labelSetResultsSchema,
    regressionResultsSchema,
    languageResultsSchema,
  ]),
);
export type RunResults = z.output<typeof runResultsSchema>;

/** The figure of results that says most. */
export function mainResult(results: RunResults): {
  readonly name: "accuracy" | "f1" | "r2" | "perplexity";
  readonly value: number | null;
} {
  switch (results.problem_type) {
    case "single_label_classification":
      return { name: "accuracy", value: results.accuracy };
    case "multi_label_classification":
      return { name: "f1", value: results.metrics.f1 };
    case "regression":
      return { name: "r2", value: results.metrics.r2 ?? null };
    case "language_modeling":
      return { name: "perplexity", value: results.perplexity };
    default:
      return results satisfies never;
  }
}

const errorRecordSchema = z.object({
  message: z.string(),
  hint: z.string().optional(),
  code: z.enum(errorCodes).optional(),
  stack: z.string().optional(),
});

/** What happened. `step` events are live only and are not stored. */
const runEventBodySchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("phaseChanged"),
    phase: z.enum(runPhases),
    /** What is being prepared. */ note: z.string().optional(),
  }),
  z.object({
    type: z.literal("started"),
    header: runHeaderSchema,
    /** Step that the run continues from; 0 for a new run. */ fromStep: z.number(),
  }),
  z.object({
    type: z.literal("baselinesMeasured"),
    baselines: baselinesSchema,
  }),
  z.object({
    type: z.literal("step"),
    step: z.number(),
    epoch: z.number(),
    loss: z.number().nullable(),
    grad_norm: z.number().nullable(),
    learning_rate: z.number(),
    /** Over the last updates, of them those in which nothing was prepared where there is one. */ rowsPerSecond:
      z.number(),
    /** The same, without padding. */ tokensPerSecond: z.number(),
    /** Share of their batches' places that held padding. */ paddingShare: z.number(),
  }),
  z.object({ type: z.literal("logged"), row: trainLogRowSchema }),
  z.object({
    type: z.literal("evaluated"),
    row: evaluationLogRowSchema,
    isBest: z.boolean(),
  }),
  z.object({
    type: z.literal("epochEnded"),
    epoch: z.number(),
    step: z.number(),
  }),
  z.object({
    type: z.literal("checkpointSaved"),
    checkpoint: checkpointInfoSchema,
    /** Step of the best saved checkpoint. */ bestStep: z.number().nullable(),
    /** Milliseconds. */ duration: z.number(),
  }),
  z.object({
    type: z.literal("checkpointDeleted"),
    path: z.string(),
    step: z.number(),
    /** Absent where save_total_limit asked for it. */
    by: z.literal("user").optional(),
  }),
  z.object({
    type: z.literal("bestLoaded"),
    path: z.string(),
    step: z.number(),
  }),
  z.object({ type: z.literal("summarized"), row: summaryLogRowSchema }),
  z.object({ type: z.literal("resultsMeasured"), results: runResultsSchema }),
  z.object({ type: z.literal("performanceMeasured"), performance: performanceSchema }),
  z.object({ type: z.literal("warned"), message: z.string() }),
  z.object({
    type: z.literal("bestNotSaved"),
    step: z.number(),
    /** Value of metric_for_best_model. */ metric: z.number(),
  }),
  /** From here on each new best is saved, also where no save is due. */
  z.object({ type: z.literal("savingNewBest") }),
  /** The graphics device is gone: the page starts another worker and goes on, once. */
  z.object({ type: z.literal("deviceLost"), message: z.string() }),
  z.object({
    type: z.literal("storageFull"),
    /** The step whose checkpoint found no room. */ step: z.number(),
    /** Bytes that it needs. */ bytes: z.number(),
  }),
  z.object({ type: z.literal("recovered"), message: z.string() }),
  /** A run that continues another one's checkpoint has it in its own folder, and what was logged until then. */
  z.object({
    type: z.literal("historyTaken"),
    checkpoint: checkpointInfoSchema,
    rows: z.array(logRowSchema),
    /** Step of the best score among them. */ bestStep: z.number().nullable(),
  }),
  /** From here on the run is copied into the user's folder of this name. */
  z.object({ type: z.literal("mirrorStarted"), folder: z.string() }),
  /** The user's folder cannot be written; the run goes on. */
  z.object({
    type: z.literal("mirrorStopped"),
    message: z.string(),
    hint: z.string().optional(),
  }),
  z.object({
    type: z.literal("ended"),
    phase: z.enum(["completed", "stopped", "failed"]),
    error: errorRecordSchema.optional(),
  }),
]);
export type RunEventBody = z.output<typeof runEventBodySchema>;

/** Kinds of event that this studio knows. */
export const eventTypes: ReadonlySet<unknown> = new Set(
  runEventBodySchema.options.map(({ shape }) => shape.type.value),
);

/** An event of one run at a time (milliseconds since 1970). One line of `events.jsonl` is one of these. */
export const runEventSchema = z
  .object({ version: z.literal(1), runId: z.string(), time: z.number() })
  .and(runEventBodySchema);
export type RunEvent = z.output<typeof runEventSchema>;
