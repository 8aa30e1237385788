// The words of the Data page, in English.
import { formatCount } from "../../lib/format.ts";
import { count } from "./count.ts";

export const enData = {
  none: "No data set yet",
  noneWords:
    "Drop a file anywhere on this page: one column with texts, one with their labels. CSV, TSV, Excel, JSON and JSONL are read, also inside a zip.",
  reading: (name: string) => `Reading ${name}`,
  readingShare: (read: string, all: string) => `${read} of ${all}`,
  failed: (name: string) => `${name} was refused`,
  chooseAnother: "Choose another file",
  useSample: "Use the sample instead",
  sample: { label: "A sample instead", pick: "Use a sample" },
  next: "Next: training",
  delimiters: {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "bar",
  } as Readonly<Record<string, string>>,
  formats: {
    csv: "CSV",
    tsv: "TSV",
    xlsx: "Excel",
    json: "JSON",
    jsonl: "JSONL",
    parquet: "Parquet",
    text: "plain text",
  },
  encodings: {
    "utf-8": "UTF-8",
    "utf-16le": "UTF-16 LE",
    "utf-16be": "UTF-16 BE",
    "windows-1252": "Latin-1 (Windows-1252)",
    "iso-8859-2": "Latin-2 (ISO 8859-2)",
    "windows-1251": "Cyrillic (Windows-1251)",
    shift_jis: "Japanese (Shift JIS)",
    gb18030: "Chinese (GB 18030)",
  },
  facts: {
    rows: (rows: number) => count(rows, "row", "rows"),
    separated: (format: string, delimiter: string) => `${format}, separated by ${delimiter}`,
    sheet: (sheet: string) => `sheet ${sheet}`,
    entry: (entry: string) => `${entry} in the zip`,
    header: (line: number, unit: "line" | "row") => `header on ${unit} ${formatCount(line)}`,
    noHeader: "no header",
    guessed: (encoding: string) => `read as ${encoding}, because it is not UTF-8`,
    blank: (lines: number, unit: "line" | "row") =>
      `${count(lines, `empty ${unit}`, `empty ${unit}s`)} between the rows`,
  },
  source: { entry: "File in the zip", sheet: "Sheet", encoding: "Encoding" },
  textColumn: "Text",
  joinColumns: "Joined with",
  joinNone: "nothing",
  joinMore: "another column",
  unjoin: (column: string) => `Do not join ${column}`,
  pairColumn: "Second text",
  pairNone: "none",
  labelColumn: "Label",
  evaluationFile: {
    label: "Evaluation file",
    choose: "Choose a file",
    reading: (name: string, share: string) => `Reading ${name}, ${share}`,
    drop: "Hold out rows instead",
    refused: (name: string) => `${name} was refused.`,
    close: "Close",
  },
  evalFraction: "Held out",
  splitSeed: "Split seed",
  maxTrainRows: "Use at most",
  all: "all rows",
  limits: {
    eval_fraction: "A number from 0.05 to 0.5, please.",
    split_seed: "A whole number from 0 to 4294967295, please.",
    max_train_rows: "A whole number from 1, or nothing, please.",
  },
  counting: "Counting again",
  ledger: {
    /** For screen readers: the bar and the sum in one sentence. */
    split: (train: number, evaluation: number, seed: number) =>
      `${count(train, "row trains", "rows train")}, ${formatCount(evaluation)} ${evaluation === 1 ? "is" : "are"} held out: the same share of each class, seed ${seed}.`,
    splitFile: (train: number, evaluation: number, file: string) =>
      `${count(train, "row trains", "rows train")}, ${formatCount(evaluation)} ${evaluation === 1 ? "is" : "are"} held out: those of ${file}.`,
    read: "read",
    trains: "for training",
    heldOut: "held out",
    heldOutFile: (file: string) => `from ${file}`,
    unused: "above the limit",
    skipped: {
      emptyText: "without a text",
      emptyLabel: "without a label",
      emptyBoth: "empty",
      badLabel: "with an unreadable target",
      duplicate: "repeats",
      singleClass: "alone in their class",
      unknownLabel: "of unknown labels",
      leak: "held out too",
    },
  },
  findings: {
    title: "Findings",
    none: "Nothing found: no empty, repeated or contradicting rows, no text on both sides of the split, no labels of several spellings.",
    aside: (findings: number) => count(findings, "finding", "findings"),
    show: "Show rows",
    shown: "Shown below",
    sentences: {
      empty: (rows: number) =>
        `${count(rows, "row has", "rows have")} no text or no label. Such rows are never used.`,
      badLabels: (rows: number) =>
        `${count(rows, "row has a target", "rows have targets")} that cannot be read: no number, or neither 0 nor 1. Such rows are never used.`,
      unknownLabels: (rows: number, groups: number, names: string) =>
        `${count(rows, "row", "rows")} of the evaluation file ${rows === 1 ? "has a label" : `have ${count(groups, "label", "labels")}`} that no training row has: ${names}. The model cannot give ${groups === 1 ? "it" : "them"}.`,
      spellings: (rows: number, groups: number, names: string) =>
        `${count(groups, "class is", "classes are")} spelled in several ways, differing in case or spaces: ${names}. ${count(rows, "row has", "rows have")} another spelling than most.`,
      conflicts: (rows: number, groups: number) =>
        `${count(groups, "text has", "texts have")} more than one label, in ${count(rows, "row", "rows")}. Such rows teach two answers: decide on one in the file.`,
      leaks: (rows: number, groups: number) =>
        `${count(groups, "text is", "texts are")} held out and in training too (${count(rows, "training row", "training rows")}). The score then also rewards remembering.`,
      duplicates: (rows: number) =>
        `${count(rows, "row repeats", "rows repeat")} an earlier one, text and label alike. Repeats count several times.`,
      singleClasses: (_rows: number, groups: number, names: string) =>
        `${count(groups, "class has", "classes have")} a single row: ${names}. It cannot be both learned from and held out.`,
      outliers: (rows: number, _groups: number, names: string) =>
        `${count(rows, "row has a number", "rows have numbers")} far from all others: ${names}. The squared error counts them most: check that they are right.`,
      overLong: (rows: number, max: number, share: string) =>
        `${count(rows, "row is", "rows are")} longer than max_length ${formatCount(max)} (${share}): the rest of the text is cut off.`,
      vocabulary: (
        rows: number,
        share: string,
        unknown: string | null,
        perWord: string,
        models: string,
      ) =>
        `The model's vocabulary serves ${count(rows, "row", "rows")} badly (${share}). Over all rows ${unknown === null ? "" : `${unknown} of the tokens stand for unknown text, and `}a word takes ${perWord} tokens. A base model made for these languages or terms would read them better: ${models} on the Hub, for example.`,
    },
    several: (names: string) => `${names} and others`,
    remedies: {
      empty: "Skip rows with an empty text or label",
      badLabels: "Skip these rows",
      unknownLabels: "Skip these rows",
      leaks: "Leave them out of training",
      duplicates: "Skip the repeats",
      singleClasses: "Skip these classes",
    },
    merged: "merged",
    merge: "Merge them",
    undo: "Undo the merge",
    spelling: (text: string, rows: number) => `“${text}” ${formatCount(rows)}`,
    raise: (length: number) => `Set max_length to ${formatCount(length)}`,
    model: "Choose another model",
  },
  waiting: {
    loading: "The rows are counted as soon as the base model is loaded.",
    failed: "The rows cannot be counted: the base model could not be loaded.",
    unfit: "The rows are counted once a base model is loaded. The chosen one does not fit here.",
    goToModel: "Go to the model",
    inspecting: "Counting rows, classes and tokens",
  },
  line: (line: number, unit: "line" | "row") =>
    `${unit === "row" ? "Row" : "Line"} ${formatCount(line)}`,
  table: {
    title: "Rows",
    label: "Rows of the data set",
    hint: "Enter or a click opens a row",
    lines: { line: "Line", row: "Row" },
    evaluationLine: (line: number) => `e ${formatCount(line)}`,
    evaluationLineWhy: (line: number, file: string) => `${formatCount(line)} of ${file}`,
    listed: (rows: number) => count(rows, "row", "rows"),
    all: "Show all rows",
    countsAs: (name: string) => `counts as ${name}`,
    pair: "Second text",
    tokens: "Tokens",
    use: "Use",
    uses: {
      train: "train",
      evaluation: "held out",
      unused: "not used",
      emptyText: "empty text",
      emptyLabel: "no label",
      emptyBoth: "empty",
      badLabel: "unreadable target",
      duplicate: "repeat",
      singleClass: "one-row class",
      unknownLabel: "new label",
      leak: "held out too",
    },
    listedFindings: {
      empty: "Empty rows",
      badLabels: "Rows with an unreadable target",
      outliers: "Rows far from all others",
      unknownLabels: "Rows of unknown labels",
      spellings: "Rows of other spellings",
      conflicts: "Contradicting rows",
      leaks: "Rows held out and trained",
      duplicates: "Repeats",
      singleClasses: "One-row classes",
      overLong: "Over-long rows",
      vocabulary: "Rows served badly",
    },
    loading: "Loading",
    emptyText: "empty text",
    emptyLabel: "no label",
    firstCharacters: "The first 1,000 characters are shown.",
    tokensOf: (tokens: number) => count(tokens, "token", "tokens"),
    cut: (max: number) => `cut at ${formatCount(max)}`,
    previous: "Previous row",
    next: "Next row",
    close: "Close",
  },
  classes: {
    title: "Classes",
    majority: (share: string) => `majority ${share}`,
    total: (classes: number) => count(classes, "class", "classes"),
    train: "train",
    evaluation: "held out",
    counts: (label: string, train: number, evaluation: number) =>
      `${label}: ${formatCount(train)} train, ${formatCount(evaluation)} held out`,
    noneHeldOut: "none held out",
    more: (others: number) => `and ${count(others, "smaller class", "smaller classes")}`,
    weigh: "Weigh the classes alike in the loss",
    weight: (weight: string) => `× ${weight}`,
  },
  lengths: {
    title: "Length in tokens",
    summary: (median: number, longest: number) =>
      `median ${formatCount(median)}, longest ${formatCount(longest)}`,
    none: (max: number) => `No row is longer than max_length ${formatCount(max)}.`,
    cut: (max: number, share: string, isEstimate: boolean) =>
      `max_length ${formatCount(max)} cuts ${isEstimate ? "about " : ""}${share} of the rows.`,
    change: "Change",
    padding: (share: string, batch: number) =>
      `Padding fills ${share} of the positions in batches of ${formatCount(batch)}`,
    paddingGrouped: (share: string) =>
      `, ${share} with rows of like length together (group_by_length).`,
    paddingAlready: ", with rows of like length together.",
    shapes: (shapes: number) => `Batches have ${count(shapes, "length", "different lengths")}.`,
    unreadable: "max_length cannot be read on the training page.",
    bar: (from: number, to: number, rows: number) =>
      `${from === to ? formatCount(from) : `${formatCount(from)} to ${formatCount(to)}`} tokens: ${count(rows, "row", "rows")}`,
    chart: (median: number, longest: number) =>
      `Rows by length in tokens. Median ${formatCount(median)}, longest ${formatCount(longest)}.`,
  },
};
