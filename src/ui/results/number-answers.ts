// The held-out rows of a regression, one number each.
import type { ValueRows } from "../../config/evaluation-rows.ts";
import type { Moment } from "./row-filter.ts";

/** One target's number of a held-out row, as it is and as the model said it. */
export interface NumberAnswer {
  readonly line: number;
  readonly text: string;
  readonly truth: number;
  readonly predicted: number;
}

/** The answers for one target. Null where the rows are not kept; none until they are read. */
export function numberAnswers(
  rows: ValueRows | null | undefined,
  target: number,
  moment: Moment,
): readonly NumberAnswer[] | null {
  if (rows === null) return null;
  return (rows?.rows ?? []).map(({ line, text, values, predicted, predicted_before }) => ({
    line,
    text,
    truth: values[target] ?? 0,
    predicted: (moment === "before" ? predicted_before : predicted)[target] ?? 0,
  }));
}
