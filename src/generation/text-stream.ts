// Token ids to text, piece by piece: what it gives is never taken back, ends in no half character and in no half stop string.

export interface TextStream {
  /** Adds a token and gives the text that is certain now; often "". */
  push(id: number): string;
  /** The rest, after the last token. */
  end(): string;
  /** A stop string stood in the text: all before it was given. */
  readonly isStopped: boolean;
}

/** Bytes that are no whole character decode to this. */
const halfCharacter = "\uFFFD";

/**
 * A stream of one text.
 * @param decode ids to text. Decoders that join with spaces or strip them are asked for a few tokens together.
 * @param stopStrings what ends the text; it is cut off.
 */
export function createTextStream(
  decode: (ids: readonly number[]) => string,
  stopStrings: readonly string[] = [],
): TextStream {
  // Tokens from `start` are decoded together; those before `given` have been given as text.
  let ids: number[] = [];
  let given = 0;
  let held = "";
  let isStopped = false;

  const take = (isLast: boolean): string => {
    const before = decode(ids.slice(0, given));
    const all = decode(ids);
    if (!isLast && (all.endsWith(halfCharacter) || all.length <= before.length)) return "";
    // The tokens of the last piece stay as the context of the next one: some decoders strip a text's first space.
    ids = ids.slice(given);
    given = ids.length;
    return all.slice(before.length);
  };
  const pass = (text: string, isLast: boolean): string => {
    held += text;
    const places = stopStrings.map((stop) => held.indexOf(stop)).filter((place) => place >= 0);
    if (places.length > 0) {
      isStopped = true;
      held = held.slice(0, Math.min(...places));
    }
    const kept = isStopped || isLast ? 0 : halfStop(held, stopStrings);
    const out = held.slice(0, held.length - kept);
    held = held.slice(held.length - kept);
    return out;
  };

  return {
    push(id) {
      if (isStopped) return "";
      ids.push(id);
      return pass(take(false), false);
    },
    end() {
      return isStopped ? "" : pass(take(true), true);
    },
    get isStopped() {
      return isStopped;
    },
  };
}

/** Length of the longest end of `text` that a stop string begins with. */
function halfStop(text: string, stopStrings: readonly string[]): number {
  let longest = 0;
  for (const stop of stopStrings) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(stop.slice(0, length))) longest = length;
    }
  }
  return longest;
}
