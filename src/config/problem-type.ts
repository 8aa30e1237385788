// What a classifier predicts: transformers' `problem_type` of config.json. It decides the loss and the metrics.

export const problemTypes = [
  "single_label_classification",
  "multi_label_classification",
  "regression",
] as const;
export type ProblemType = (typeof problemTypes)[number];

/** The metrics that come with a score, the most telling one first; the loss comes with each. */
export const metricsOf = {
  single_label_classification: ["accuracy", "loss"],
  multi_label_classification: ["f1", "accuracy", "loss"],
  regression: ["pearson", "mse", "mae", "loss"],
} as const satisfies Record<ProblemType, readonly string[]>;
