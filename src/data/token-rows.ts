// Rows that were tokenised before: `input_ids` as transformers' data sets hold them, with `labels` and `attention_mask` where there are.
import { StudioError } from "../lib/errors.ts";

/** A row of token ids. No special token is added to it. */
export interface TokenRow {
  readonly type: "tokens";
  readonly ids: readonly number[];
  /** 1 for each token that counts in the loss. */
  readonly trained: readonly number[];
}

/** Padding, which the mask names, is left out; a label of -100 does not count. @throws StudioError that names the row and the column. */
export function readTokenRow(cell: (role: string) => string, where: string): TokenRow {
  const ids = readNumbers(cell("input_ids"), `${where}: input_ids`);
  const own = (role: string) => {
    const text = cell(role);
    if (text.trim() === "") return null;
    const numbers = readNumbers(text, `${where}: ${role}`);
    if (numbers.length === ids.length) return numbers;
    throw new StudioError(
      `${where}: input_ids has ${ids.length} numbers and ${role} has ${numbers.length}.`,
      { hint: "The lists of a row must be equally long." },
    );
  };
  const labels = own("labels");
  const mask = own("attention_mask");
  ids.forEach((id, place) => {
    const label = labels?.[place] ?? id;
    if (id >= 0 && (label === -100 || label === id)) return;
    throw new StudioError(
      id < 0
        ? `${where}: input_ids has the number ${id} at place ${place}.`
        : `${where}: at place ${place} labels has ${label}, and input_ids has ${id}.`,
      {
        hint: "A label is the token of its own place, or -100: the model shifts them itself, as transformers' models do.",
      },
    );
  });
  const kept = ids.flatMap((_, place) => (mask?.[place] === 0 ? [] : [place]));
  return {
    type: "tokens",
    ids: kept.map((place) => ids[place] as number),
    trained: kept.map((place) => (labels?.[place] === -100 ? 0 : 1)),
  };
}

function readNumbers(cell: string, where: string): number[] {
  if (cell.trim() === "") return [];
  let list: unknown;
  try {
    list = JSON.parse(cell);
  } catch {
    list = null;
  }
  if (Array.isArray(list) && list.every(Number.isInteger)) return list as number[];
  throw new StudioError(`${where} is no list of whole numbers.`, {
    hint: "Write it as [15496, 995].",
  });
}
