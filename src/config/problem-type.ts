// What a classifier predicts: transformers' `problem_type` of config.json. It decides the loss and the metrics.

export const problemTypes = [
  "single_label_classification",
  "multi_label_classification",
  "regression",
] as const;
export type ProblemType = (typeof problemTypes)[number];

/** What a run trains a model for: one of these, or to write: causal language modelling. */
export type Task = ProblemType | "language_modeling";

/** The task of a data set's choice. */
export const taskOf = (choice: {
  readonly problem_type: ProblemType;
  readonly language: object | null;
}): Task => (choice.language === null ? choice.problem_type : "language_modeling");

/** The metrics that come with a score, the most telling one first; the loss comes with each. */
export const metricsOf = {
  single_label_classification: ["accuracy", "loss"],
  multi_label_classification: ["f1", "f1_macro", "accuracy", "hamming_loss", "loss"],
  regression: ["r2", "pearson", "rmse", "mse", "mae", "loss"],
  language_modeling: ["perplexity", "accuracy", "loss"],
} as const satisfies Record<Task, readonly string[]>;

/** Less is better of these, and their name does not end in "loss": the Trainer would take the greatest for the best. */
export const errorMetrics: ReadonlySet<string> = new Set(["mse", "rmse", "mae", "perplexity"]);

/** A label of a set counts as predicted above this probability. */
export const labelThreshold = 0.5;

/**
 * The problem type of a classifier's config.json. Where it names none, transformers decides by the labels: one output is a
 * regression, more are classes.
 */
export function problemTypeOf(
  config: Readonly<Record<string, unknown>>,
  outputs: number,
): ProblemType {
  const named = problemTypes.find((type) => type === config.problem_type);
  return named ?? (outputs === 1 ? "regression" : "single_label_classification");
}
