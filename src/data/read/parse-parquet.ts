// A Parquet file to rows. hyparquet decodes; the sizes that the file claims are checked here before anything is allocated for them.
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { z } from "zod";
import { StudioError } from "../../lib/errors.ts";
import { limits, refuseLargeTable, tooManyColumns, tooManyRows } from "./limits.ts";
import { tabulate } from "./parse-json.ts";
import type { RawTable } from "./raw-table.ts";

type NamedBlob = Blob & { readonly name: string };

/** Bytes of all unpacked pages: a table at the reader's limits has about as many. */
const mostUnpackedBytes = 400 * 1024 * 1024;
const magicLength = 4;
/** Milliseconds. */
const dayLength = 24 * 60 * 60 * 1000;

/** True where a file begins as Parquet does. */
export async function isParquet(file: Blob): Promise<boolean> {
  return (await file.slice(0, magicLength).text()) === "PAR1";
}

/**
 * Reads all columns: structs become columns joined by dots, lists JSON, class labels of the datasets library their names.
 * @throws StudioError where the file is damaged, too large, or uses what is not read.
 */
export async function parseParquet(
  file: NamedBlob,
  onProgress: (share: number) => void,
): Promise<RawTable> {
  const buffer: AsyncBuffer = {
    byteLength: file.size,
    slice: (start, end) => file.slice(start, end).arrayBuffer(),
  };
  const metadata = await attempt(file.name, () => parquetMetadataAsync(buffer));
  refuseLargeFile(metadata, file.name);
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  const labels = classLabels(metadata);
  const records: Map<string, unknown>[] = [];
  const guarded = guardSizes(file.name);
  // Group by group: the bytes of one are what memory holds beside the rows.
  for (const { num_rows } of metadata.row_groups) {
    const rowStart = records.length;
    const rowEnd = rowStart + Number(num_rows);
    await attempt(file.name, () =>
      parquetRead({
        file: buffer,
        metadata,
        rowStart,
        rowEnd,
        compressors: guarded,
        parsers: { dateFromDays: (days) => new Date(days * dayLength).toISOString().slice(0, 10) },
        onComplete: (rows) => {
          for (const cells of rows) {
            const named = columns.map((name, at) => {
              const value = cells[at];
              return [name, labels.get(name)?.[Number(value)] ?? plain(value, "column")] as const;
            });
            records.push(new Map(named));
          }
        },
      }),
    );
    if (records.length !== rowEnd)
      throw damaged(file.name, "a row group has not the rows it names");
    onProgress(rowEnd / Math.max(1, Number(metadata.num_rows)));
  }
  const lines = records.map((_, row) => row + 1);
  return tabulate(records, lines, file.name, { blankLines: 0, unit: "row" });
}

/** Checks what the footer claims. Page headers may claim otherwise: `guardSizes` meets those. */
function refuseLargeFile({ num_rows, row_groups, schema }: FileMetaData, name: string): void {
  if (num_rows > limits.rows) throw tooManyRows(name);
  const inGroups = row_groups.reduce((sum, group) => sum + group.num_rows, 0n);
  if (inGroups !== num_rows) {
    throw damaged(name, `its footer names ${num_rows} rows, and its row groups ${inGroups}`);
  }
  const leaves = schema.filter(({ num_children }) => !num_children).length;
  if (leaves > limits.columns) throw tooManyColumns(leaves, name);
  refuseLargeTable(Number(num_rows), leaves, name);
  const chunks = row_groups.flatMap(({ columns }) => columns);
  if (chunks.some(({ crypto_metadata, meta_data }) => crypto_metadata || meta_data === undefined)) {
    throw new StudioError(`${name} has encrypted columns.`, {
      hint: "Write it again without encryption.",
    });
  }
  const unpacked = chunks.reduce(
    (sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n),
    0n,
  );
  if (unpacked > mostUnpackedBytes) throw tooLarge(name, Number(unpacked));
  const values = chunks.reduce((sum, { meta_data }) => sum + (meta_data?.num_values ?? 0n), 0n);
  if (values > limits.cells) {
    throw new StudioError(
      `${name} holds ${values.toLocaleString("en")} values; ${limits.cells.toLocaleString("en")} are the most.`,
      { hint: "Keep the text column and the label column, or take a sample of its rows." },
    );
  }
}

/** Decompressors that refuse before they allocate, each page and all pages together. */
function guardSizes(name: string): Compressors {
  let unpacked = 0;
  const guard =
    (decompress: (input: Uint8Array, outputLength: number) => Uint8Array) =>
    (input: Uint8Array, outputLength: number) => {
      unpacked += outputLength;
      if (!(outputLength >= 0) || unpacked > mostUnpackedBytes) throw tooLarge(name, unpacked);
      return decompress(input, outputLength);
    };
  return Object.fromEntries(
    Object.entries(compressors).map(([codec, decompress]) => [codec, guard(decompress)]),
  );
}

const tooLarge = (name: string, bytes: number) =>
  new StudioError(
    `${name} unpacks to ${megabytes(bytes)}; the studio reads up to ${megabytes(mostUnpackedBytes)}.`,
    { hint: "Keep the text column and the label column, or take a sample of its rows." },
  );

const megabytes = (bytes: number) =>
  Number.isFinite(bytes) ? `${(bytes / 1024 / 1024).toFixed(0)} MB` : "an unknown size";

const damaged = (name: string, what: string) =>
  new StudioError(`${name} is damaged: ${what}.`, {
    hint: "Download or write it again.",
  });

async function attempt<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof StudioError) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new StudioError(`${name} cannot be read: ${words}.`, {
      hint: "It may be damaged, or written with a feature that is not read. Write it again, for example with pandas (to_parquet), or as CSV.",
      cause,
    });
  }
}

const featuresSchema = z.object({
  info: z.object({ features: z.record(z.string(), z.unknown()) }),
});
const classLabelSchema = z.object({
  _type: z.literal("ClassLabel"),
  names: z.array(z.string()),
});

/** Names of the classes that the datasets library writes beside a column of class numbers. */
function classLabels({ key_value_metadata }: FileMetaData): Map<string, readonly string[]> {
  const text = key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
  const features = featuresSchema.safeParse(parseJson(text));
  const labels = new Map<string, readonly string[]>();
  for (const [column, feature] of Object.entries(features.data?.info.features ?? {})) {
    const label = classLabelSchema.safeParse(feature);
    if (label.success) labels.set(column, label.data.names);
  }
  return labels;
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A decoded value as JSON would have it. Structs of a column stay maps, whose keys become columns; inside lists they are objects. */
function plain(value: unknown, place: "column" | "list"): unknown {
  if (typeof value === "bigint")
    return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (Array.isArray(value)) return value.map((each) => plain(each, "list"));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, plain(each, place)] as const);
  return place === "column" ? new Map(entries) : Object.fromEntries(entries);
}
