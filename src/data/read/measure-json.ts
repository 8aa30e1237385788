// Looks over JSON text without parsing it: how deep it nests, and on which line each outer list or object starts.

export interface JsonShape {
  /** Most lists and objects open at once. */
  readonly depth: number;
  /** Line on which that depth is first reached. */
  readonly deepestLine: number;
  /** Lines of the openings that find 0, 1 and 2 brackets open. */
  readonly openings: readonly [number[], number[], number[]];
}

const quote = 34;
const backslash = 92;
const newline = 10;

/** One pass over the text. Text that is no JSON gives numbers without meaning, never an error. */
export function measureJson(text: string): JsonShape {
  const openings: [number[], number[], number[]] = [[], [], []];
  let open = 0;
  let depth = 0;
  let deepestLine = 1;
  let line = 1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at += 1;
      for (let inside = text.charCodeAt(at); at < text.length && inside !== quote; ) {
        at += inside === backslash ? 2 : 1;
        inside = text.charCodeAt(at);
      }
    } else if (code === newline) line += 1;
    else if (code === 0x7b || code === 0x5b) {
      openings[open]?.push(line);
      open += 1;
      if (open > depth) {
        depth = open;
        deepestLine = line;
      }
    } else if (code === 0x7d || code === 0x5d) open -= 1;
  }
  return { depth, deepestLine, openings };
}
