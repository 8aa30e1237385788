// Guesses what the cells of a column would be as a target. The user can change it.
import type { DatasetInfo, labelSeparators } from "../config/dataset.ts";
import { readFlag, readNumber, splitLabels } from "./targets.ts";

type Column = DatasetInfo["columns"][number];
type Separator = (typeof labelSeparators)[number];

/** Cells that are looked at. */
const sampled = 2000;
/** From so many different whole numbers on, a column measures and does not name: a rating has ten. */
const fewestNumbers = 12;
/** More labels than that are words of a text. */
const mostLabels = 200;

/** What the cells of a column would be as a target. */
export function describeTarget(cells: readonly string[]): Pick<Column, "values" | "separator"> {
  const filled = cells.filter((cell) => cell.trim() !== "").slice(0, sampled);
  const kind = (values: Column["values"], separator: Separator | null = null) => ({
    values,
    separator,
  });
  if (filled.length === 0) return kind("classes");
  if (filled.every((cell) => /^\s*\[.*\]\s*$/su.test(cell))) return kind("lists");
  if (filled.every((cell) => readFlag(cell) !== null)) return kind("flags");
  const numbers = filled.map(readNumber).filter((number) => !Number.isNaN(number));
  // A few cells such as "n/a" are to be told, and do not make names of all others.
  if (numbers.length >= filled.length * 0.95) {
    const isMeasured = numbers.some((number) => !Number.isInteger(number));
    return kind(isMeasured || isManyNumbers(new Set(numbers)) ? "numbers" : "classes");
  }
  const separator = ([",", ";", "|"] as const).find((mark) => looksLikeLists(filled, mark));
  return separator === undefined ? kind("classes") : kind("lists", separator);
}

/** Whole numbers that measure. Those from 0 or 1 on without a gap are the ids of classes. */
function isManyNumbers(distinct: ReadonlySet<number>): boolean {
  if (distinct.size < fewestNumbers) return false;
  const [least, most] = [Math.min(...distinct), Math.max(...distinct)];
  const isGapless = (least === 0 || least === 1) && most - least + 1 === distinct.size;
  return !isGapless;
}

/** Many cells hold several short labels, and the labels recur: far fewer of them than of combinations. */
function looksLikeLists(cells: readonly string[], separator: Separator): boolean {
  const lists = cells.map((cell) => splitLabels(cell, separator));
  const several = lists.filter((list) => list.length > 1).length;
  if (several < Math.max(2, cells.length * 0.1)) return false;
  const labels = new Set(lists.flat());
  const isShort = [...labels].every(
    (label) => label.length <= 40 && label.split(/\s+/u).length <= 4,
  );
  return isShort && labels.size <= mostLabels && labels.size * 2 <= lists.flat().length;
}
