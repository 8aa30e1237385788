import { expect, test } from "vitest";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import { classWeights } from "../../../src/data/class-weights.ts";

const choice = datasetChoiceSchema.parse({
  id: "x",
  name: "x",
  text_column: "text",
  label_column: "label",
  skip_empty: false,
  eval_fraction: 0.2,
  split_seed: 42,
});
const train = [0, 0, 0, 1].map((label, row) => ({ row, line: row + 2, text: "x", label }));

test("balanced weights are scikit-learn's, and all rows together weigh what they are", () => {
  // compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1]) divides by zero for 2; here it counts once.
  const weights = classWeights({
    choice: { ...choice, class_weight: "balanced" },
    labels: ["a", "b"],
    train,
  });
  expect([...(weights ?? [])]).toEqual([Math.fround(2 / 3), 2]);
  expect(train.reduce((sum, { label }) => sum + (weights?.[label] ?? 0), 0)).toBeCloseTo(4, 6);
});

test("a class without training rows counts once, and no request means no weights", () => {
  const labels = ["a", "b", "c"];
  const asked = classWeights({ choice: { ...choice, class_weight: "balanced" }, labels, train });
  expect(asked?.[2]).toBe(1);
  expect(classWeights({ choice, labels, train })).toBeNull();
});
