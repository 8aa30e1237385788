// How a run's held-out rows were scored, row by row: one file in `<output_dir>/evaluation`.
import { type EvaluationRows, evaluationRowsSchema } from "../config/evaluation-rows.ts";
import { readFile, writeFolder } from "./folders.ts";

const fileName = "rows.json";

/** `<output_dir>/evaluation`. */
export const evaluationPath = (outputDir: string) => `${outputDir}/evaluation`;

/** Stores the rows; those of an earlier session of the run are replaced. */
export async function saveEvaluationRows(outputDir: string, rows: EvaluationRows): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(rows));
  await writeFolder(evaluationPath(outputDir), [{ name: fileName, bytes }]);
}

/** The stored rows, or null where the run has none or they cannot be read. */
export async function readEvaluationRows(outputDir: string): Promise<EvaluationRows | null> {
  const bytes = await readFile(evaluationPath(outputDir), fileName);
  if (bytes === undefined) return null;
  return evaluationRowsSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data ?? null;
}
