// What the data page shows of rows for a language model: counts, lengths, its rows one by one, and each row token by token.
import {
  type DatasetInspection,
  type LengthFigures,
  skipReasons,
  type TableRow,
} from "../config/dataset.ts";
import type { TokenPreview } from "../config/language-data.ts";
import type { TrainingArguments } from "../config/training-arguments.ts";
import { decodePieces } from "../data/decode-pieces.ts";
import { type EncodedRow, fitRows, textsOf } from "../data/encode-language.ts";
import { histogram, type RowsAsked } from "../data/inspect-dataset.ts";
import { findRepeats, type Repeats } from "../data/language-repeats.ts";
import { describeContent } from "../data/language-rows.ts";
import { lengthFigures } from "../data/padding.ts";
import type { TextTokenizer } from "../data/tokenizer.ts";
import type { BaseModel } from "./base-model.ts";
import type { EncodedLanguage } from "./language-data.ts";
import { lookAtVocabulary, type VocabularyLook } from "./language-vocabulary.ts";

/** Everything that the page asks of inspected rows. */
export interface LanguageInspection {
  readonly inspection: DatasetInspection;
  rows(asked: RowsAsked): TableRow[];
  lengths(args: TrainingArguments, backend: string): LengthFigures;
  /** A row of the table as it is trained on; null for one that is left out. */
  preview(row: number, maxLength: number): TokenPreview | null;
}

/** Looks at rows in tokens. */
export function inspectLanguage(encoded: EncodedLanguage, base: BaseModel): LanguageInspection {
  const { tokenizer } = base;
  const { prepared } = encoded;
  const encodedOf = new Map<number, EncodedRow>();
  const useOf = new Map<number, TableRow["use"]>(
    prepared.skipped.map(({ row, reason }) => [row, reason]),
  );
  for (const part of ["train", "evaluation"] as const) {
    prepared[part].forEach(({ row }, index) => {
      const own = encoded[part][index];
      if (own !== undefined) encodedOf.set(row, own);
      useOf.set(row, part);
    });
  }
  const recordOf = new Map(prepared.all.map((record) => [record.row, record]));
  const used = [...prepared.train, ...prepared.evaluation];
  const looks = {
    repeats: findRepeats(prepared),
    vocabulary: lookAtVocabulary(used, encodedOf, tokenizer),
  };
  const describe = (row: number): TableRow => {
    const record = recordOf.get(row);
    return {
      row,
      line: record?.line ?? 0,
      isFromEvaluationFile: row >= prepared.evaluationStart,
      ...shown(record === undefined ? { text: "", pair: null } : describeContent(record.content)),
      label: "",
      className: null,
      tokens: encodedOf.get(row)?.text.ids.length ?? 0,
      use: useOf.get(row) ?? "unused",
    };
  };
  const rowsOf = ({ finding, maxLength: longest }: RowsAsked): readonly number[] | null => {
    if (finding === null) return null;
    if (finding === "empty") return emptyRows(prepared);
    if (finding === "duplicates" || finding === "leaks") return looks.repeats[finding];
    if (finding === "vocabulary") return looks.vocabulary.badRows;
    return used.flatMap(({ row }) =>
      (encodedOf.get(row)?.text.ids.length ?? 0) > longest ? [row] : [],
    );
  };
  return {
    inspection: figuresOf(encoded, base, looks),
    rows(asked) {
      const { start, count } = asked;
      const listed = rowsOf(asked);
      if (listed !== null) return listed.slice(start, start + count).map(describe);
      const end = Math.min(prepared.rowCount, start + count);
      return Array.from({ length: Math.max(0, end - start) }, (_, at) => describe(start + at));
    },
    lengths(args, backend) {
      const { packing } = prepared.language;
      const train = fitRows(encoded.train, args.max_length, packing);
      const lengths = train.rows.map((row) => row.reduce((sum, { ids }) => sum + ids.length, 0));
      const all = textsOf([...encoded.train, ...encoded.evaluation]).map(({ ids }) => ids.length);
      return { ...lengthFigures(all, lengths, args, backend), language: train.figures };
    },
    preview(row, longest) {
      const own = encodedOf.get(row);
      const record = recordOf.get(row);
      if (own === undefined || record === undefined) return null;
      return { line: record.line, ...previewTokens(own, tokenizer, longest) };
    },
  };
}

/** A table cell shows a line or two: long documents need not cross the worker's border. */
const shown = ({ text, pair }: { text: string; pair: string | null }) => ({
  text: text.slice(0, 1000),
  pair: pair?.slice(0, 1000) ?? null,
});

function figuresOf(
  { prepared, train, evaluation, template }: EncodedLanguage,
  base: BaseModel,
  { repeats, vocabulary }: { readonly repeats: Repeats; readonly vocabulary: VocabularyLook },
): DatasetInspection {
  const used = [...train, ...evaluation];
  const lengths = textsOf(used).map(({ ids }) => ids.length);
  return {
    choice: prepared.choice,
    rowCount: prepared.rowCount,
    evaluationFileRows: prepared.rowCount - prepared.evaluationStart,
    trainRows: train.length,
    evaluationRows: evaluation.length,
    unusedRows: prepared.rowCount - used.length - prepared.skipped.length,
    skipped: skipReasons.flatMap((reason) => {
      const rows = prepared.skipped.filter((each) => each.reason === reason).length;
      return rows === 0 ? [] : { reason, rows };
    }),
    classes: [],
    targets: [],
    labelSets: null,
    obstacle: prepared.obstacle ?? cannotWrite(base),
    findings: [
      { kind: "empty" as const, rows: emptyRows(prepared).length, groups: 0 },
      { kind: "leaks" as const, rows: repeats.leaks.length, groups: repeats.leakGroups },
      { kind: "duplicates" as const, rows: repeats.duplicates.length, groups: 0 },
      { kind: "vocabulary" as const, rows: vocabulary.badRows.length, groups: 0 },
    ].flatMap((found) => (found.rows === 0 ? [] : [{ ...found, examples: [] }])),
    spellings: [],
    vocabulary: vocabulary.figures,
    lengths: histogram(lengths),
    language: { template },
  };
}

const emptyRows = ({ skipped }: EncodedLanguage["prepared"]): number[] =>
  skipped.flatMap(({ row, reason }) => (reason === "emptyText" ? [row] : []));

const cannotWrite = ({ architecture, summary }: BaseModel): DatasetInspection["obstacle"] =>
  architecture.language === undefined
    ? {
        message: `${summary.name} reads texts and cannot write: it is no language model.`,
        hint: "Choose a language model on the Model page, or another kind of target.",
      }
    : null;

/** Tokens shown of one row. */
const mostShown = 1024;

function previewTokens(
  { text }: EncodedRow,
  tokenizer: TextTokenizer,
  maxLength: number,
): Omit<TokenPreview, "line"> {
  const ids = [...text.ids.subarray(0, Math.min(maxLength, mostShown))];
  const pieces = decodePieces(ids, tokenizer);
  return {
    tokens: ids.map((id, place) => ({
      id,
      text: tokenizer.specialOf(id) ?? pieces[place] ?? "",
      isSpecial: tokenizer.specialOf(id) !== null,
      // Nothing predicts the first token.
      isTrained: place > 0 && text.trained[place] === 1,
    })),
    length: text.ids.length,
  };
}
