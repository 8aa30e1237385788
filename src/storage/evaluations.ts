// How a run's held-out rows were scored, row by row: one file in `<output_dir>/evaluation`.
import {
  type EvaluationRows,
  evaluationRowsSchema,
  evaluationRowsVersion,
} from "../config/evaluation-rows.ts";
import { isNewer, newerData } from "../lib/version.ts";
import { readFile, writeFolder } from "./folders.ts";

const fileName = "rows.json";

/** `<output_dir>/evaluation`. */
export const evaluationPath = (outputDir: string) => `${outputDir}/evaluation`;

/** Stores the rows; those of an earlier session of the run are replaced. */
export async function saveEvaluationRows(outputDir: string, rows: EvaluationRows): Promise<void> {
  if (isNewer(await readStored(outputDir), evaluationRowsVersion)) {
    throw newerData(`${evaluationPath(outputDir)}/${fileName}`);
  }
  const bytes = new TextEncoder().encode(JSON.stringify(rows));
  await writeFolder(evaluationPath(outputDir), [{ name: fileName, bytes }]);
}

/** The stored rows, or null where the run has none or they cannot be read. */
export const readEvaluationRows = async (outputDir: string): Promise<EvaluationRows | null> =>
  evaluationRowsSchema.safeParse(await readStored(outputDir)).data ?? null;

async function readStored(outputDir: string): Promise<unknown> {
  const bytes = await readFile(evaluationPath(outputDir), fileName);
  return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
}
