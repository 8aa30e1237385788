// What an analyst would want to know before training: rows that repeat, contradict, leak, and labels that are spelled in several ways.
import type { Finding, FindingKind, SpellingGroup } from "../config/dataset.ts";
import { labelColumns } from "./combine-tables.ts";
import { findSpellings } from "./merge-labels.ts";
import { type LabelledRow, type PreparedDataset, targetKey, textKey } from "./prepare-dataset.ts";
import { splitLabels } from "./targets.ts";
import { isServedBadly, type TokenCounts } from "./token-counts.ts";

/** A finding's rows by index, in the order of the table. */
export type FindingRows = ReadonlyMap<FindingKind, readonly number[]>;

export interface LintResult {
  readonly findings: readonly Finding[];
  readonly rowsOf: FindingRows;
  readonly spellings: readonly SpellingGroup[];
}

const mostExamples = 3;

/** Looks at rows that are used and at those that were left out on the user's word, so that every remedy can be taken back. */
export function lintDataset(data: PreparedDataset, tokens: TokenCounts): LintResult {
  const prepared: Prepared = { ...data, keys: data.chosen.rows.map(textKey) };
  const spellings = findSpellings(trainedLabels(prepared));
  const found: [FindingKind, Found][] = [
    ["empty", skippedFor(prepared, ["emptyText", "emptyLabel", "emptyBoth"])],
    ["badLabels", skippedFor(prepared, ["badLabel"])],
    ["unknownLabels", unknownLabels(prepared)],
    ["spellings", spelledOtherwise(prepared, spellings)],
    ["conflicts", conflicts(prepared)],
    ["leaks", leaks(prepared)],
    ["duplicates", duplicates(prepared)],
    ["singleClasses", singleClasses(prepared)],
    ["outliers", outliers(prepared)],
    ["vocabulary", servedBadly(prepared, tokens)],
  ];
  const present = found.filter(([, { rows }]) => rows.length > 0);
  return {
    findings: present.map(([kind, { rows, groups, examples }]) => ({
      kind,
      rows: rows.length,
      groups,
      examples: examples.slice(0, mostExamples),
    })),
    rowsOf: new Map(present.map(([kind, { rows }]) => [kind, rows.toSorted((a, b) => a - b)])),
    spellings,
  };
}

interface Prepared extends PreparedDataset {
  /** Equal for rows that say the same, one a row. */
  readonly keys: readonly string[];
}

interface Found {
  readonly rows: readonly number[];
  readonly groups: number;
  readonly examples: readonly string[];
}

/** The labels of a row's cell. Numbers and columns of 0 and 1 have no spelling. */
function spelledLabels({ choice }: Prepared): (label: string) => readonly string[] {
  if (choice.problem_type === "single_label_classification") return (label) => [label];
  const isList =
    choice.problem_type === "multi_label_classification" && labelColumns(choice).length === 1;
  return (label) => (isList ? splitLabels(label, choice.label_separator) : []);
}

function trainedLabels(prepared: Prepared): string[] {
  const { chosen, skipped } = prepared;
  const spelled = spelledLabels(prepared);
  const empty = new Set(
    skipped.flatMap(({ row, reason }) => (reason.startsWith("empty") ? row : [])),
  );
  return chosen.rows
    .filter((_, row) => row < chosen.evaluationStart && !empty.has(row))
    .flatMap(({ label }) => spelled(label));
}

function skippedFor({ skipped }: Prepared, reasons: readonly string[]): Found {
  const rows = skipped.filter(({ reason }) => reasons.includes(reason)).map(({ row }) => row);
  return { rows, groups: rows.length, examples: [] };
}

function unknownLabels(prepared: Prepared): Found {
  const { rows } = skippedFor(prepared, ["unknownLabel"]);
  const names = [...new Set(rows.map((row) => prepared.chosen.rows[row]?.label.trim() ?? ""))];
  return { rows, groups: names.length, examples: names };
}

function spelledOtherwise(prepared: Prepared, spellings: readonly SpellingGroup[]): Found {
  const spelled = spelledLabels(prepared);
  const others = new Set(
    spellings.flatMap(({ label, spellings: all }) =>
      all.filter(({ text }) => text !== label).map(({ text }) => text),
    ),
  );
  const rows = prepared.chosen.rows.flatMap(({ label }, row) =>
    spelled(label).some((name) => others.has(name)) ? row : [],
  );
  return { rows, groups: spellings.length, examples: spellings.map(({ label }) => label) };
}

/** Rows by their texts; `of` says which rows count. */
function byText(prepared: Prepared, of: ReadonlySet<number>): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const row of of) {
    const key = prepared.keys[row] ?? "";
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** Target of each row that is used: equal for equal ones. */
function classesOf({ train, evaluation }: Prepared): Map<number, string> {
  return new Map([...train, ...evaluation].map((row) => [row.row, targetKey(row)]));
}

function conflicts(prepared: Prepared): Found {
  const classes = classesOf(prepared);
  const groups = [...byText(prepared, new Set(classes.keys())).values()].filter(
    (rows) => new Set(rows.map((row) => classes.get(row))).size > 1,
  );
  return { rows: groups.flat(), groups: groups.length, examples: [] };
}

/** Training rows whose texts are held out too, and those left out of training for it. */
function leaks(prepared: Prepared): Found {
  const keyOf = ({ row }: LabelledRow) => prepared.keys[row];
  const heldOut = new Set(prepared.evaluation.map(keyOf));
  const kept = prepared.train.filter((row) => heldOut.has(keyOf(row))).map(({ row }) => row);
  const { rows } = skippedFor(prepared, ["leak"]);
  const all = [...kept, ...rows];
  const groups = new Set(all.map((row) => prepared.keys[row])).size;
  return { rows: all, groups, examples: [] };
}

/** Every row but the first of those that are alike, and those left out for it. */
function duplicates(prepared: Prepared): Found {
  const { evaluationStart } = prepared.chosen;
  const seen = new Set<string>();
  const repeats: number[] = [];
  for (const [row, label] of [...classesOf(prepared)].sort(([a], [b]) => a - b)) {
    const key = `${row >= evaluationStart}\0${label}\0${prepared.keys[row]}`;
    if (seen.has(key)) repeats.push(row);
    seen.add(key);
  }
  const rows = [...repeats, ...skippedFor(prepared, ["duplicate"]).rows];
  const groups = new Set(rows.map((row) => prepared.keys[row])).size;
  return { rows, groups, examples: [] };
}

function singleClasses(prepared: Prepared): Found {
  const { choice, labels, train, evaluation, chosen } = prepared;
  if (choice.problem_type !== "single_label_classification") return none;
  const skipped = skippedFor(prepared, ["singleClass"]).rows;
  const counts = new Uint32Array(labels.length);
  const own = choice.evaluation === null ? [...train, ...evaluation] : train;
  for (const { label } of own) counts[label] = (counts[label] ?? 0) + 1;
  const single = own.filter(({ label }) => counts[label] === 1);
  const rows = [...single.map(({ row }) => row), ...skipped];
  const names = [
    ...single.map(({ label }) => labels[label] ?? ""),
    ...skipped.map((row) => chosen.rows[row]?.label.trim() ?? ""),
  ];
  return { rows, groups: rows.length, examples: names };
}

const none: Found = { rows: [], groups: 0, examples: [] };

/** Rows of a regression whose number lies more than three times the middle half's width away from that half. */
function outliers({ choice, labels, train, evaluation }: Prepared): Found {
  if (choice.problem_type !== "regression") return none;
  const used = [...train, ...evaluation];
  const far = new Map<number, number>();
  labels.forEach((_, output) => {
    const value = (row: LabelledRow) => row.values?.[output] ?? 0;
    const sorted = used.map(value).sort((a, b) => a - b);
    const quarter = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
    const [low, high] = [quarter(0.25), quarter(0.75)];
    const width = 3 * (high - low);
    // Half of the numbers are one and the same: then every other one would be far.
    if (width === 0) return;
    for (const row of used) {
      if (value(row) < low - width || value(row) > high + width) far.set(row.row, value(row));
    }
  });
  return { rows: [...far.keys()], groups: far.size, examples: [...far.values()].map(String) };
}

function servedBadly(prepared: Prepared, tokens: TokenCounts): Found {
  const used = [...prepared.train, ...prepared.evaluation];
  const rows = used.filter(({ row }) => isServedBadly(tokens, row)).map(({ row }) => row);
  return { rows, groups: rows.length, examples: [] };
}
