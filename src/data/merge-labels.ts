// Which labels are one class: equal cells, or also those that differ only in case and spaces.
import type { DatasetChoice, SpellingGroup } from "../config/dataset.ts";

type Merging = DatasetChoice["merge_labels"];

/** What two labels of one class have in common. */
const keyOf: Readonly<Record<Merging, (label: string) => string>> = {
  none: (label) => label,
  trim: (label) => label.trim(),
  case_and_spaces: (label) => label.trim().replace(/\s+/gu, " ").toLowerCase(),
};

/** The class of each label: the spelling that most rows have, without spaces around it unless spaces make classes. */
export function mergeLabels(
  labels: readonly string[],
  merging: Merging,
): (label: string) => string | undefined {
  const names = new Map<string, string>();
  for (const [key, spellings] of group(labels, keyOf[merging])) {
    names.set(key, nameOf(spellings, merging));
  }
  return (label) => names.get(keyOf[merging](label));
}

/** The classes that have several spellings, largest first. */
export function findSpellings(labels: readonly string[]): SpellingGroup[] {
  const groups = [...group(labels, keyOf.case_and_spaces).values()].filter(
    (spellings) => spellings.size > 1,
  );
  return groups
    .map((spellings) => ({
      label: nameOf(spellings, "case_and_spaces"),
      spellings: [...spellings]
        .map(([text, rows]) => ({ text, rows }))
        .sort((a, b) => b.rows - a.rows || (a.text < b.text ? -1 : 1)),
    }))
    .sort((a, b) => sum(b) - sum(a));
}

const sum = ({ spellings }: SpellingGroup) =>
  spellings.reduce((total, { rows }) => total + rows, 0);

function group(labels: readonly string[], key: (label: string) => string) {
  const groups = new Map<string, Map<string, number>>();
  for (const label of labels) {
    const own = key(label);
    const spellings = groups.get(own) ?? new Map<string, number>();
    groups.set(own, spellings.set(label, (spellings.get(label) ?? 0) + 1));
  }
  return groups;
}

function nameOf(spellings: ReadonlyMap<string, number>, merging: Merging): string {
  const counts = new Map<string, number>();
  for (const [label, rows] of spellings) {
    const name = merging === "none" ? label : label.trim();
    counts.set(name, (counts.get(name) ?? 0) + rows);
  }
  // Of equal counts the first by code point, so that the name does not hang on the order of the rows.
  const [best] = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return best?.[0] ?? "";
}
