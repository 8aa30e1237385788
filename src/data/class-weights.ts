// Weights that make every class count the same in the loss, however many rows it has.
import type { PreparedDataset } from "./prepare-dataset.ts";

/**
 * One weight a class, as scikit-learn's `class_weight="balanced"`: `rows / (classes * rows of the class)` over the training
 * rows; 1 for a class without any. null where the choice asks for none: then every row counts the same.
 */
export function classWeights({
  choice,
  labels,
  train,
}: Pick<PreparedDataset, "choice" | "labels" | "train">): Float32Array | null {
  if (choice.class_weight === "none") return null;
  const counts = new Uint32Array(labels.length);
  for (const { label } of train) counts[label] = (counts[label] ?? 0) + 1;
  return Float32Array.from(counts, (rows) =>
    rows === 0 ? 1 : train.length / (labels.length * rows),
  );
}
