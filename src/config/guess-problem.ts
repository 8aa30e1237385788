// Guesses what kind of problem a table holds with a label column. The user can change it.
import type { DatasetInfo } from "./dataset.ts";

type Column = DatasetInfo["columns"][number];

/** A column of 0 and 1 with such a name is the class of a table that has other such columns. */
const classNames = /^(label|class|category|sentiment|target|y)$/iu;

/** Kind of problem, further target columns of the same kind, and separator. `texts` are the text columns. */
export function guessProblem(
  columns: readonly Pick<Column, "name" | "values" | "separator">[],
  labelColumn: string,
  texts: readonly string[],
): Pick<DatasetInfo["guess"], "problem_type" | "more_label_columns" | "label_separator"> {
  const column = columns.find(({ name }) => name === labelColumn);
  const more: string[] = [];
  const plain = { more_label_columns: more, label_separator: column?.separator ?? "," };
  switch (column?.values) {
    case "numbers":
      return { ...plain, problem_type: "regression" };
    case "lists":
      return { ...plain, problem_type: "multi_label_classification" };
    case "flags": {
      const others = columns.filter(
        ({ name, values }) => values === "flags" && name !== labelColumn && !texts.includes(name),
      );
      if (others.length === 0 || classNames.test(labelColumn))
        return { ...plain, problem_type: "single_label_classification" };
      const more_label_columns = others.map(({ name }) => name);
      return { ...plain, more_label_columns, problem_type: "multi_label_classification" };
    }
    default:
      return { ...plain, problem_type: "single_label_classification" };
  }
}
