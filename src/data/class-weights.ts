// Weights that make every class count the same in the loss, however many rows it has.
import { balancedWeight } from "../config/class-weight.ts";
import type { PreparedDataset } from "./prepare-dataset.ts";

/**
 * One balanced weight a class, over the training rows; null where the choice asks for none: then every row counts the same.
 */
export function classWeights({
  choice,
  labels,
  train,
}: Pick<PreparedDataset, "choice" | "labels" | "train">): Float32Array | null {
  const hasClasses = choice.problem_type === "single_label_classification";
  if (choice.class_weight === "none" || !hasClasses) return null;
  const counts = new Uint32Array(labels.length);
  for (const { label } of train) counts[label] = (counts[label] ?? 0) + 1;
  return Float32Array.from(counts, (rows) => balancedWeight(rows, labels.length, train.length));
}
