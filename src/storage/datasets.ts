// Data sets as they were read: one folder each, named after the SHA-256 of the user's file.
import { z } from "zod";
import { type DatasetInfo, datasetInfoSchema, datasetVersion } from "../config/dataset.ts";
import { StudioError } from "../lib/errors.ts";
import { isNewer, newerData } from "../lib/version.ts";
import { readFile, writeFolder } from "./folders.ts";

/** Cells of a table as text, row by row. */
export interface StoredTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Line of the user's file, or row of the sheet, on which each row starts. */
  readonly lines: readonly number[];
  /** What `lines` counts. */
  readonly unit: "line" | "row";
}

const envelopeSchema = z.looseObject({ info: z.unknown() });
const storedSchema = z.object({
  info: datasetInfoSchema,
  table: z.object({
    columns: z.array(z.string()),
    rows: z.array(z.array(z.string())),
    lines: z.array(z.number()),
    // Older tables came from text files only.
    unit: z.enum(["line", "row"]).default("line"),
  }),
});

/** `datasets/<id>`. */
export const datasetFolder = (id: string) => `datasets/${id}`;
const fileName = "table.json";

/** Stores a table. The same file read again takes no more room. */
export async function saveDataset(info: DatasetInfo, table: StoredTable): Promise<void> {
  // One that a newer studio read from the same file is left as it is.
  await readStored(info.id);
  const bytes = new TextEncoder().encode(JSON.stringify({ info, table }));
  await writeFolder(datasetFolder(info.id), [{ name: fileName, bytes }]);
}

/** A stored data set. Throws a StudioError where it is gone, or where a newer studio stored it. */
export async function readDataset(id: string): Promise<{ info: DatasetInfo; table: StoredTable }> {
  const stored = await readStored(id);
  if (stored === undefined) {
    throw new StudioError("The data set of this run is not in the storage any more.", {
      hint: "Drop the same file again, then resume.",
    });
  }
  return storedSchema.parse(stored);
}

async function readStored(id: string): Promise<unknown> {
  const bytes = await readFile(datasetFolder(id), fileName);
  if (bytes === undefined) return undefined;
  const stored: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!isNewer(envelopeSchema.safeParse(stored).data?.info, datasetVersion)) return stored;
  throw newerData("This data set");
}
