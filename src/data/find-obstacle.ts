// Why no run can start with a mapping, in words: the first thing to mend.
import type { DatasetInspection, SkipReason } from "../config/dataset.ts";
import { labelColumns } from "./combine-tables.ts";
import type { PreparedDataset } from "./prepare-dataset.ts";

type Obstacle = DatasetInspection["obstacle"];

const mostClasses = 200;

export function findObstacle(prepared: Omit<PreparedDataset, "obstacle">): Obstacle {
  return (
    columnTwice(prepared) ??
    outputs(prepared) ??
    emptyRows(prepared) ??
    badLabels(prepared) ??
    unknownLabels(prepared) ??
    noRows(prepared)
  );
}

type Prepared = Omit<PreparedDataset, "obstacle">;

function columnTwice({ choice }: Prepared): Obstacle {
  const { text_column, join_columns, text_pair_column } = choice;
  const texts = [
    text_column,
    ...join_columns,
    ...(text_pair_column === null ? [] : [text_pair_column]),
  ];
  const targets = labelColumns(choice);
  const hint = "Choose another column for one of them.";
  const both = targets.find((name) => texts.includes(name));
  if (both !== undefined) return { message: `The column ${both} is both text and label.`, hint };
  const [text, target] = [texts, targets].map((names) =>
    names.find((name, at) => names.indexOf(name) !== at),
  );
  if (text !== undefined) return { message: `The column ${text} is used twice as a text.`, hint };
  if (target === undefined) return null;
  return { message: `The column ${target} is used twice as a label.`, hint };
}

function outputs(prepared: Prepared): Obstacle {
  switch (prepared.choice.problem_type) {
    case "single_label_classification":
      return fewClasses(prepared) ?? manyLabels(prepared);
    case "multi_label_classification":
      return noLabels(prepared) ?? manyLabels(prepared);
    case "regression":
      return sameNumbers(prepared);
    default:
      return prepared.choice.problem_type satisfies never;
  }
}

function fewClasses({ choice, labels }: Prepared): Obstacle {
  if (labels.length >= 2) return null;
  const found = labels[0] === undefined ? "no class at all" : `only one class, ${labels[0]}`;
  return {
    message: `The column ${choice.label_column} holds ${found}. A classifier needs at least two.`,
    hint: "Choose the column that holds the classes.",
  };
}

function noLabels({ choice, labels, skipped }: Prepared): Obstacle {
  if (labels.length > 0 || skipped.some(({ reason }) => reason === "badLabel")) return null;
  return {
    message: `The column ${choice.label_column} holds no label at all.`,
    hint: "Choose the column that holds the labels, or another kind of target.",
  };
}

function manyLabels({ choice, labels }: Prepared): Obstacle {
  if (labels.length <= mostClasses) return null;
  const what = choice.problem_type === "single_label_classification" ? "values" : "labels";
  return {
    message: `The column ${choice.label_column} holds ${labels.length.toLocaleString("en")} different ${what}; ${mostClasses} ${what === "values" ? "classes" : "labels"} are the most.`,
    hint: "This is probably not the label column. Choose another one, or another kind of target.",
  };
}

/** Numbers that do not vary teach nothing. */
function sameNumbers({ labels, train }: Prepared): Obstacle {
  const at = labels.findIndex((_, output) => {
    const first = train[0]?.values?.[output];
    return train.length > 1 && train.every(({ values }) => values?.[output] === first);
  });
  if (at < 0) return null;
  return {
    message: `The column ${labels[at]} holds the same number, ${train[0]?.values?.[at]}, in every training row.`,
    hint: "Choose the column that holds the numbers to predict.",
  };
}

function badLabels(prepared: Prepared): Obstacle {
  const { choice, chosen } = prepared;
  const rows = prepared.skipped.filter(({ reason }) => reason === "badLabel");
  if (rows.length === 0 || choice.skip_bad_labels) return null;
  const isRegression = choice.problem_type === "regression";
  const one = rows.length === 1;
  const has = one ? "1 row has" : `${rows.length.toLocaleString("en")} rows have`;
  const what = isRegression
    ? one
      ? "a target that is no number"
      : "targets that are no number"
    : one
      ? "a label that is neither 0 nor 1"
      : "labels that are neither 0 nor 1";
  const example = chosen.rows[rows[0]?.row ?? 0]?.label.slice(0, 60) ?? "";
  return {
    message: `${has} ${what} (${places(prepared, rows)}), such as “${example}”.`,
    hint: isRegression
      ? "Write numbers with a point and without thousands separators or units; or skip these rows, or choose another kind of target."
      : "Skip these rows, mend the file and drop it again, or choose another kind of target.",
  };
}

function emptyRows(prepared: Prepared): Obstacle {
  const reasons: SkipReason[] = ["emptyText", "emptyLabel", "emptyBoth"];
  const rows = prepared.skipped.filter(({ reason }) => reasons.includes(reason));
  if (rows.length === 0 || prepared.choice.skip_empty) return null;
  const has = rows.length === 1 ? "1 row has" : `${rows.length.toLocaleString("en")} rows have`;
  return {
    message: `${has} no text or no label (${places(prepared, rows)}).`,
    hint: "Skip them, or mend the file and drop it again.",
  };
}

function unknownLabels(prepared: Prepared): Obstacle {
  const { choice, chosen } = prepared;
  const rows = prepared.skipped.filter(({ reason }) => reason === "unknownLabel");
  if (rows.length === 0 || choice.skip_unknown_labels) return null;
  const has = rows.length === 1 ? "1 row" : `${rows.length.toLocaleString("en")} rows`;
  const names = [...new Set(rows.map(({ row }) => chosen.rows[row]?.label ?? ""))];
  const more = names.length > 3 ? " and more" : "";
  return {
    message: `${has} of ${choice.evaluation?.name ?? "the evaluation file"} ${rows.length === 1 ? "has a label" : "have labels"} that no training row has: ${names.slice(0, 3).join(", ")}${more} (${places(prepared, rows)}).`,
    hint: "Skip them, or add such rows to the training file.",
  };
}

/** "line 3, 9", or "row 3, 9" of a sheet; rows of an evaluation file are meant by its own lines. */
function places({ chosen }: Prepared, rows: readonly { readonly row: number }[]): string {
  const lines = rows.slice(0, 5).map(({ row }) => chosen.rows[row]?.line ?? 0);
  return `${chosen.unit} ${lines.join(", ")}${rows.length > lines.length ? ", and more" : ""}`;
}

function noRows({ choice, labels, train, evaluation }: Prepared): Obstacle {
  if (train.length === 0) {
    return {
      message: "No row is left for training.",
      hint: "Skip fewer rows, or choose another evaluation file.",
    };
  }
  if (evaluation.length > 0) return null;
  if (choice.evaluation !== null) {
    return {
      message: `${choice.evaluation.name} has no row that can be scored.`,
      hint: "Choose a file with the same columns and labels, or hold out a share of the rows.",
    };
  }
  if (choice.problem_type === "single_label_classification" && labels.length === train.length) {
    return {
      message: `Each of the ${labels.length.toLocaleString("en")} classes has a single row, so that none can be held out for evaluation.`,
      hint: "Choose another label column, or add rows.",
    };
  }
  return {
    message: `${train.length} rows are too few to hold any out for evaluation.`,
    hint: "Add rows, or hold out a larger share.",
  };
}
