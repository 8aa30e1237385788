// Why no run can start with a mapping, in words: the first thing to mend.
import type { DatasetInspection, SkipReason } from "../config/dataset.ts";
import type { PreparedDataset } from "./prepare-dataset.ts";

type Obstacle = DatasetInspection["obstacle"];

const mostClasses = 200;

export function findObstacle(prepared: Omit<PreparedDataset, "obstacle">): Obstacle {
  return (
    columnTwice(prepared) ??
    classes(prepared) ??
    emptyRows(prepared) ??
    unknownLabels(prepared) ??
    noRows(prepared)
  );
}

type Prepared = Omit<PreparedDataset, "obstacle">;

function columnTwice({ choice }: Prepared): Obstacle {
  const { text_column, join_columns, text_pair_column, label_column } = choice;
  const texts = [
    text_column,
    ...join_columns,
    ...(text_pair_column === null ? [] : [text_pair_column]),
  ];
  if (texts.includes(label_column)) {
    return {
      message: `The column ${label_column} is both text and label.`,
      hint: "Choose another column for one of them.",
    };
  }
  const twice = texts.find((name, at) => texts.indexOf(name) !== at);
  if (twice === undefined) return null;
  return {
    message: `The column ${twice} is used twice as a text.`,
    hint: "Choose another column for one of them.",
  };
}

function classes({ choice, labels }: Prepared): Obstacle {
  if (labels.length < 2) {
    const found = labels[0] === undefined ? "no class at all" : `only one class, ${labels[0]}`;
    return {
      message: `The column ${choice.label_column} holds ${found}. A classifier needs at least two.`,
      hint: "Choose the column that holds the classes.",
    };
  }
  if (labels.length <= mostClasses) return null;
  return {
    message: `The column ${choice.label_column} holds ${labels.length.toLocaleString("en")} different values; ${mostClasses} classes are the most.`,
    hint: "This is probably not the label column. Choose another one.",
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

function noRows({ choice, train, evaluation }: Prepared): Obstacle {
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
  return {
    message: `${train.length} rows are too few to hold any out for evaluation.`,
    hint: "Add rows, or hold out a larger share.",
  };
}
