// JSON and JSON Lines to rows: objects become rows, their keys columns; nested keys are joined by dots.
import { StudioError } from "../../lib/errors.ts";
import { limits, refuseLargeRow, tooManyColumns, tooManyRows } from "./limits.ts";
import { type JsonShape, measureJson } from "./measure-json.ts";
import type { RawTable } from "./raw-table.ts";

/** Parses a JSON file: a list of objects or lists, an object that holds one such list, or an object of columns. */
export function parseJsonFile(text: string, name: string): RawTable {
  const shape = measureJson(text);
  refuseDeep(shape, name);
  const value = parse(text, name);
  const { records, depth } = findRecords(value, name);
  const opened = depth === null ? [] : (shape.openings[depth] ?? []);
  // Each record is one opening at its depth, unless plain values stand between them. Several on a line are told apart by number.
  const hasLines =
    opened.length === records.length && new Set(opened).size === opened.length && opened.length > 0;
  const lines = hasLines ? opened : records.map((_, row) => row + 1);
  return tabulate(records, lines, name, { blankLines: 0, unit: hasLines ? "line" : "row" });
}

/** Parses JSON Lines: one object or list a line. */
export function parseJsonLines(text: string, name: string): RawTable {
  const records: unknown[] = [];
  const lines: number[] = [];
  let blankLines = 0;
  const all = text.split("\n");
  if (all.at(-1)?.trim() === "") all.pop();
  all.forEach((source, index) => {
    if (source.trim() === "") {
      blankLines += 1;
      return;
    }
    refuseDeep(measureJson(source), `${name}, line ${index + 1}`);
    records.push(parse(source, `${name}, line ${index + 1}`));
    lines.push(index + 1);
    if (records.length > limits.rows) throw tooManyRows(name);
  });
  return tabulate(records, lines, name, { blankLines, unit: "line" });
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StudioError(`${where}: ${(cause as Error).message}.`, {
      hint: "A JSON file is a list of objects; a JSONL file has one object a line.",
      cause,
    });
  }
}

function refuseDeep({ depth, deepestLine }: JsonShape, where: string): void {
  if (depth <= limits.depth) return;
  throw new StudioError(
    `${where}: lists and objects nest ${depth.toLocaleString("en")} levels deep at line ${deepestLine}; ${limits.depth} are the most.`,
    { hint: "Write one flat object a row, with a key for the text and one for the label." },
  );
}

interface Records {
  readonly records: readonly unknown[];
  /** How many brackets are open where a record starts; null where records are made of columns. */
  readonly depth: number | null;
}

function findRecords(value: unknown, name: string): Records {
  if (Array.isArray(value)) return { records: value, depth: 1 };
  if (!isObject(value)) throw noRecords(name, `the file holds ${kindOf(value)}`);
  const entries = Object.entries(value);
  const lists = entries.filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const [only] = lists.filter(([, list]) => isObject(list[0]) || Array.isArray(list[0]));
  if (only !== undefined && lists.length === 1) return { records: only[1], depth: 2 };
  // pandas writes columns by default: lists, or objects whose keys are row numbers.
  const columns = entries.map(([key, column]) => [key, cellsOf(column)] as const);
  const rows = columns[0]?.[1]?.length ?? 0;
  if (rows > 0 && columns.every(([, cells]) => cells?.length === rows)) {
    const records = Array.from(
      { length: rows },
      (_, row) => new Map(columns.map(([key, cells]) => [key, cells?.[row]])),
    );
    return { records, depth: null };
  }
  throw noRecords(
    name,
    `its keys are ${entries
      .slice(0, 6)
      .map(([key]) => key)
      .join(", ")}`,
  );
}

const cellsOf = (column: unknown): readonly unknown[] | null => {
  if (Array.isArray(column)) return column;
  return isObject(column) ? Object.values(column) : null;
};

const noRecords = (name: string, what: string) =>
  new StudioError(`${name} holds no list of rows: ${what}.`, {
    hint: 'Write a list of objects, such as [{"text": "…", "label": "…"}].',
  });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const kindOf = (value: unknown) => (value === null ? "null" : `a ${typeof value}`);

/** Makes rows of records: objects, maps or lists. `unit` is what a record's place in the file is called. */
export function tabulate(
  records: readonly unknown[],
  lines: readonly number[],
  name: string,
  { blankLines, unit }: { readonly blankLines: number; readonly unit: "line" | "row" },
): RawTable {
  if (records.length > limits.rows) throw tooManyRows(name);
  if (records.every(Array.isArray)) {
    const width = records.reduce((most, cells) => Math.max(most, cells.length), 0);
    const rows = (records as unknown[][]).map((cells, row) => {
      const texts = Array.from({ length: width }, (_, column) => cellText(cells[column]));
      refuseLargeRow(texts, `${name}, ${unit} ${lines[row]}`);
      return texts;
    });
    return { rows, lines, unit, columns: null, blankLines };
  }
  // A Map and a list of names, never an object with keys of the file: "__proto__" is a name like any other.
  const places = new Map<string, number>();
  const sparse = records.map((record, row) => {
    const where = `${name}, ${unit} ${lines[row]}`;
    const cells: string[] = [];
    for (const [key, text] of flatten(record, where)) {
      const place = places.get(key) ?? places.size;
      places.set(key, place);
      if (places.size > limits.columns) throw tooManyColumns(places.size, where);
      cells[place] = text;
    }
    refuseLargeRow(cells, where);
    return cells;
  });
  const width = places.size;
  const rows = sparse.map((cells) => Array.from({ length: width }, (_, at) => cells[at] ?? ""));
  return { rows, lines, unit, columns: [...places.keys()], blankLines };
}

/** The plain values of a record under their keys, nested keys joined by dots. */
function* flatten(record: unknown, where: string): Generator<[string, string]> {
  if (!isObject(record) && !(record instanceof Map)) {
    throw new StudioError(`${where}: ${kindOf(record)} stands where a row is expected.`, {
      hint: "Every row must be an object, or every row a list.",
    });
  }
  const entries = record instanceof Map ? record.entries() : Object.entries(record);
  for (const [key, value] of entries) {
    if (isObject(value)) {
      for (const [inner, text] of flatten(value, where)) yield [`${key}.${inner}`, text];
    } else yield [key, cellText(value)];
  }
}

/** A value as a cell shows it; a list as JSON. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
