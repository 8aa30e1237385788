// Which held-out rows a list shows, the surest first.
import type { ClassRows } from "../../config/evaluation-rows.ts";
import type { ClassResults } from "../../config/events.ts";

/** The model after training, or as it was before the first update. */
export type Moment = "after" | "before";

export type RowFilter =
  | { readonly kind: "mistakes" }
  /** Rows of one class that were taken for another, or for what they are. */
  | {
      readonly kind: "cell";
      readonly actual: number;
      readonly predicted: number;
      readonly moment: Moment;
    }
  | { readonly kind: "fixed" }
  | { readonly kind: "broken" };

export interface ShownRow {
  readonly line: number;
  readonly text: string;
  readonly label: string;
  readonly said: string;
  readonly sure: number;
}

type Row = ClassRows["rows"][number];

/** The rows that a filter lets through. */
export function selectRows({ labels, rows }: ClassRows, filter: RowFilter): ShownRow[] {
  const isBefore = filter.kind === "cell" && filter.moment === "before";
  return rows
    .filter((row) => passes(row, filter))
    .map((row) => ({
      line: row.line,
      text: row.text,
      label: labels[row.label] ?? "",
      said: labels[isBefore ? row.predicted_before : row.predicted] ?? "",
      sure: isBefore ? row.confidence_before : row.confidence,
    }))
    .sort((a, b) => b.sure - a.sure);
}

function passes(row: Row, filter: RowFilter): boolean {
  const isRight = row.predicted === row.label;
  const wasRight = row.predicted_before === row.label;
  switch (filter.kind) {
    case "mistakes":
      return !isRight;
    case "fixed":
      return isRight && !wasRight;
    case "broken":
      return !isRight && wasRight;
    case "cell": {
      const said = filter.moment === "before" ? row.predicted_before : row.predicted;
      return row.label === filter.actual && said === filter.predicted;
    }
    default:
      return filter satisfies never;
  }
}

/** The mistakes that the results themselves keep: all there is of a run of an older studio. */
export const keptMistakes = ({ mistakes }: ClassResults): ShownRow[] =>
  mistakes.map(({ line, text, label, predicted, probability }) => ({
    line,
    text,
    label,
    said: predicted,
    sure: probability,
  }));
