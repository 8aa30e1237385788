// Held-out rows: what the playground asks a model, with the answer that was expected.
import type { DatasetChoice } from "./dataset.ts";
import type { PromptText } from "./generation.ts";

/** A data set with a split, or a stored table whose rows are all to be asked. */
export type HeldOutSource =
  | { readonly choice: DatasetChoice }
  | { readonly tableId: string; readonly name: string };

export interface HeldOutTable {
  readonly columns: readonly string[];
  /** One list of cells a row. */
  readonly rows: readonly (readonly string[])[];
  /** How many there are in all. */
  readonly rowCount: number;
  /** What stands before each answer, as a model of these rows is trained to read it; null where that is not known. */
  readonly prompts: readonly PromptText[] | null;
  /** Which columns hold what, where that is known. */
  readonly asked: QuestionColumns | null;
}

/** Which columns hold what; null where none does. */
export interface QuestionColumns {
  readonly question: string | null;
  readonly reasoning: string | null;
  readonly answer: string | null;
}

const names = {
  question: ["question", "prompt", "instruction", "input", "problem", "query", "text"],
  reasoning: ["reasoning", "rationale", "chain_of_thought", "cot", "steps", "explanation"],
  answer: ["answer", "completion", "output", "response", "final_answer", "target", "label"],
} as const;

/** The columns by their usual names, whatever their case. */
export function guessQuestionColumns(columns: readonly string[]): QuestionColumns {
  const find = (wanted: readonly string[]) => {
    const known = wanted.find((name) => columns.some((column) => isNamed(column, name)));
    return columns.find((column) => known !== undefined && isNamed(column, known)) ?? null;
  };
  return {
    question: find(names.question),
    reasoning: find(names.reasoning),
    answer: find(names.answer),
  };
}

const isNamed = (column: string, name: string) => column.trim().toLowerCase() === name;
