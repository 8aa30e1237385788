// What a data set is to the rest of the studio: its columns, the chosen mapping, and what an inspection found.
// Reading and splitting happen in the worker (src/data); these are the plain records that cross.
import { z } from "zod";
import { type LanguageFigures, languageChoiceSchema, type TemplateUse } from "./language-data.ts";
import { problemTypes } from "./problem-type.ts";

/** Kinds of file that the reader knows; text that is not JSON and not separated by tabs is `csv`. */
const datasetFormats = ["csv", "tsv", "xlsx", "json", "jsonl", "parquet", "text"] as const;
export type DatasetFormat = (typeof datasetFormats)[number];

/** Encodings that a text file can be read in, under the names of the web's Encoding standard. `windows-1252` is its Latin-1. */
export const textEncodings = [
  "utf-8",
  "utf-16le",
  "utf-16be",
  "windows-1252",
  "iso-8859-2",
  "windows-1251",
  "shift_jis",
  "gb18030",
] as const;
export type TextEncoding = (typeof textEncodings)[number];

/** What may stand between the labels of one cell. A list in brackets needs none. */
export const labelSeparators = [",", ";", "|", " "] as const;

/** Data sets that lie beside the page, in `samples/`. */
export const sampleFiles = {
  sentiment: "sentiment.csv",
  languages: "languages.csv",
  definitions: "definitions.csv",
  dictionary: "dictionary.txt",
  sums: "sums-step-by-step.csv",
} as const;
export type SampleName = keyof typeof sampleFiles;
export const sampleNames = Object.keys(sampleFiles) as SampleName[];

/** What the user asks of the reader; what is not asked for is found out. */
export interface ReadOptions {
  /** Path of the file inside a zip. */
  readonly entry?: string | undefined;
  readonly sheet?: string | undefined;
  readonly encoding?: TextEncoding | undefined;
  /** Of a file that could be either. */
  readonly reading?: TextReading | undefined;
}

/** Rows of cells, or paragraphs of plain text. */
export const textReadings = ["table", "text"] as const;
export type TextReading = (typeof textReadings)[number];

/** Whether a file's name leaves it open which of them it is. */
export const mayBeProse = (name: string): boolean => /\.(?:txt|md|markdown)$/iu.test(name);

/** How a file was read that could have been read otherwise; null for any other. */
export function readingOf({
  name,
  entry,
  format,
}: Pick<DatasetInfo, "name" | "entry" | "format">): TextReading | null {
  if (!mayBeProse(entry ?? name)) return null;
  if (format === "text") return "text";
  return format === "csv" || format === "tsv" ? "table" : null;
}

/** Version of `DatasetInfo` and of the table stored with it. */
export const datasetVersion = 2;

/** A stored table: parsed once from the user's file, kept under the SHA-256 of its bytes and of what was taken out of it. */
export const datasetInfoSchema = z.preprocess(
  migrateDatasetInfo,
  z.object({
    version: z.literal(datasetVersion),
    /** Hexadecimal. */
    id: z.string(),
    /** The file's name, for the screen. */
    name: z.string(),
    bytes: z.number(),
    rowCount: z.number(),
    columns: z.array(
      z.object({
        name: z.string(),
        /** Distinct values, counted up to 1,000. */
        distinct: z.number(),
        empty: z.number(),
        /** Mean length of the non-empty cells, in characters. */
        meanLength: z.number(),
        /** What the cells would be as a target: names, measured numbers, 0 and 1, or several labels each. */
        values: z.enum(["classes", "numbers", "flags", "lists"]).default("classes"),
        /** What stands between the labels of `lists`; null for lists in brackets, and elsewhere. */
        separator: z.enum(labelSeparators).nullable().default(null),
      }),
    ),
    hasHeader: z.boolean(),
    /** Line or row of the header, or of the first row where there is none. */
    headerLine: z.number(),
    /** The guess that the drop-downs start with. */
    guess: z.object({
      text_column: z.string(),
      label_column: z.string(),
      more_label_columns: z.array(z.string()).default([]),
      label_separator: z.enum(labelSeparators).default(","),
      problem_type: z.enum(problemTypes).default("single_label_classification"),
    }),
    format: z.enum(datasetFormats),
    /** Of delimited text, else null. */
    delimiter: z.string().nullable(),
    /** Of text, else null. */
    encoding: z.enum(textEncodings).nullable(),
    /** Nothing in the file proves the encoding. */
    isEncodingGuessed: z.boolean(),
    /** The sheet that was read, and all of the workbook. */
    sheet: z.string().nullable(),
    sheets: z.array(z.string()),
    /** The file that was taken out of a zip, and all that could be. */
    entry: z.string().nullable(),
    entries: z.array(z.string()),
    /** Empty lines between the rows: they are no rows. */
    blankLines: z.number(),
    /** What the numbers of its rows count; absent in older records, of which the format tells. */
    unit: z.enum(["line", "row"]).optional(),
  }),
);
export type DatasetInfo = z.output<typeof datasetInfoSchema>;

/** What the numbers of a table's rows count. */
export const unitOf = ({ unit, format }: DatasetInfo): "line" | "row" =>
  unit ?? (format === "xlsx" || format === "parquet" ? "row" : "line");

/** Version 1 knew delimited UTF-8 text only. */
function migrateDatasetInfo(stored: unknown): unknown {
  if (typeof stored !== "object" || stored === null || !("version" in stored)) return stored;
  if (stored.version !== 1) return stored;
  const delimiter = "delimiter" in stored ? stored.delimiter : ",";
  return {
    ...stored,
    version: datasetVersion,
    headerLine: 1,
    format: delimiter === "\t" ? "tsv" : "csv",
    encoding: "utf-8",
    isEncodingGuessed: false,
    sheet: null,
    sheets: [],
    entry: null,
    entries: [],
    blankLines: 0,
  };
}

/** Which rows of a stored table a run uses, how they are read, and how they are split. Defaults are what older records meant. */
export const datasetChoiceSchema = z.object({
  id: z.string(),
  name: z.string(),
  text_column: z.string(),
  /** Further text columns, joined after the first one with a space between, as run_classification.py does. */
  join_columns: z.array(z.string()).default([]),
  /** Column of the second text of a pair, or null. */
  text_pair_column: z.string().nullable().default(null),
  label_column: z.string(),
  /** Further targets: the other numbers of a regression, or the other columns of 0 and 1 of a set of labels. */
  more_label_columns: z.array(z.string()).default([]),
  /** What stands between the labels of one cell, for sets of labels in one column. */
  label_separator: z.enum(labelSeparators).default(","),
  /** Which labels are one class: equal cells, cells equal but for spaces around them, or also but for case and spaces within. */
  merge_labels: z.enum(["none", "trim", "case_and_spaces"]).default("trim"),
  /** The user's word that rows with an empty text or label are left out. */
  skip_empty: z.boolean(),
  /** Leave out rows whose target cannot be read: no number, or neither 0 nor 1. */
  skip_bad_labels: z.boolean().default(false),
  /** Leave out rows whose texts and label an earlier row has. */
  skip_duplicates: z.boolean().default(false),
  /** Leave out of training the rows whose texts are held out too. */
  skip_leaks: z.boolean().default(false),
  /** Leave out classes with a single row. */
  skip_single_classes: z.boolean().default(false),
  /** Leave out rows of the evaluation file whose label the training rows lack. */
  skip_unknown_labels: z.boolean().default(false),
  /** A stored table of its own to evaluate on, or null for a share of the rows. */
  evaluation: z.object({ id: z.string(), name: z.string() }).nullable().default(null),
  /** Share of each class that is held out for evaluation, 0.05 to 0.5. */
  eval_fraction: z.number().min(0.05).max(0.5),
  split_seed: z.int().min(0).max(4294967295),
  /** Use at most this many training rows, the same share of each class; null uses all. For experiments. */
  max_train_rows: z.int().min(1).nullable().default(null),
  /** What is predicted: one class, a set of labels, or a number. */
  problem_type: z.enum(problemTypes).default("single_label_classification"),
  /** How much a row of each class counts in the loss: the same, or more the rarer its class is. */
  class_weight: z.enum(["none", "balanced"]).default("none"),
  /** How the rows are read as texts to be written; null for rows with a target. */
  language: languageChoiceSchema.nullable().default(null),
});
export type DatasetChoice = z.output<typeof datasetChoiceSchema>;

export interface ClassCount {
  readonly label: string;
  readonly train: number;
  readonly evaluation: number;
}

/** Why a row neither trains nor is held out. */
export const skipReasons = [
  "emptyText",
  "emptyLabel",
  "emptyBoth",
  "badLabel",
  "duplicate",
  "singleClass",
  "unknownLabel",
  "leak",
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** What the inspection looks for. Each finding lists its rows and has a remedy. */
export type FindingKind =
  | "empty"
  | "badLabels"
  | "unknownLabels"
  | "spellings"
  | "conflicts"
  | "leaks"
  | "duplicates"
  | "singleClasses"
  | "outliers"
  | "overLong"
  | "vocabulary";

/** One finding: how many rows it concerns, and the figures that its sentence needs. */
export interface Finding {
  readonly kind: FindingKind;
  readonly rows: number;
  /** Texts, labels or classes concerned, where the rows come in groups. */
  readonly groups: number;
  /** A few names of classes or spellings, for the sentence. */
  readonly examples: readonly string[];
}

/** Labels that are one class but for case and spaces. */
export interface SpellingGroup {
  readonly label: string;
  readonly spellings: readonly { readonly text: string; readonly rows: number }[];
}

/** How the numbers of one target column lie. */
export interface TargetFigures {
  readonly name: string;
  /** Over all used rows. */
  readonly least: number;
  readonly most: number;
  /** Over the training rows: their mean, and the standard deviation around it. */
  readonly mean: number;
  readonly deviation: number;
  /** Rows by value, from `least` to `most` in bins of equal width. */
  readonly train: readonly number[];
  readonly evaluation: readonly number[];
}

/** How the chosen model's vocabulary serves the texts. */
interface VocabularyFigures {
  /** Share of tokens that stand for text the vocabulary lacks. */
  readonly unknownShare: number;
  /** Tokens for each word, on average; two Chinese or Japanese characters count as a word. */
  readonly tokensPerWord: number;
}

/** What a look at the mapped and split rows gives. Counts add up: train + evaluation + unused + skipped = all rows. */
export interface DatasetInspection {
  readonly choice: DatasetChoice;
  /** Rows of the file, and of the evaluation file where there is one. */
  readonly rowCount: number;
  /** Rows of the evaluation file among them. */
  readonly evaluationFileRows: number;
  readonly trainRows: number;
  readonly evaluationRows: number;
  /** Left out by `max_train_rows`. */
  readonly unusedRows: number;
  /** Rows left out, by reason; reasons without rows are not listed. */
  readonly skipped: readonly { readonly reason: SkipReason; readonly rows: number }[];
  /** The order of the model's outputs: sorted by label. Of sets, the rows that have the label. None of a regression. */
  readonly classes: readonly ClassCount[];
  /** One entry a target of a regression; none otherwise. */
  readonly targets: readonly TargetFigures[];
  /** Of sets of labels: how many a used row has, and how many rows have none. null otherwise. */
  readonly labelSets: { readonly labelsPerRow: number; readonly rowsWithout: number } | null;
  /** Why no run can start with this mapping, or null. */
  readonly obstacle: {
    readonly message: string;
    readonly hint?: string;
  } | null;
  /** All but over-long rows, which the page counts for its `max_length`. The gravest first. */
  readonly findings: readonly Finding[];
  /** Classes of several spellings, whether they are merged or not. */
  readonly spellings: readonly SpellingGroup[];
  readonly vocabulary: VocabularyFigures;
  /** Of rows for a language model; absent for rows with a target. */
  readonly language?: { readonly template: TemplateUse };
  /** Rows by token count with the chosen model's tokenizer: `counts[i]` rows have `i * binWidth` to `(i + 1) * binWidth - 1` tokens; the last bin holds all longer ones too. */
  readonly lengths: {
    readonly binWidth: number;
    readonly counts: readonly number[];
    readonly median: number;
    readonly longest: number;
    /** Tokens of the longest rows, the longest first: what the largest batches hold. */
    readonly longestRows: readonly number[];
  };
}

/** What `max_length` and the batches make of the training rows' lengths. */
export interface LengthFigures {
  /** Rows, train and held out, with more tokens than `max_length`. */
  readonly overLongRows: number;
  /** Fewest tokens that 99 % of the rows fit in. */
  readonly enoughFor99: number;
  /** Share of the positions in training batches that are padding: in the run's order, and with rows of like length together. */
  readonly padding: number;
  readonly paddingGrouped: number;
  /** Different batch lengths that occur in an epoch. */
  readonly shapes: number;
  /** Of rows for a language model; absent for rows with a target. */
  readonly language?: LanguageFigures;
}

/** One row of the table on the data page. */
export interface TableRow {
  readonly row: number;
  /** Line or row in its file. */
  readonly line: number;
  readonly isFromEvaluationFile: boolean;
  readonly text: string;
  /** Second text of a pair, or null. */
  readonly pair: string | null;
  /** The label's cell. */
  readonly label: string;
  /** The class that the cell counts as, or null for a row that is left out. */
  readonly className: string | null;
  readonly tokens: number;
  /** `unused`: left out by `max_train_rows`. */
  readonly use: "train" | "evaluation" | "unused" | SkipReason;
}
