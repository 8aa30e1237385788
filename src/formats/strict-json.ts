// JSON that says each key once. JSON.parse keeps the last of two equal keys, so two readers of one file could see two files.
import { StudioError } from "../lib/errors.ts";

/**
 * Parses JSON and refuses an object that has a key twice.
 * @param where names the file in the error, for example `model.safetensors: the header`.
 * @throws StudioError if the text is not JSON or a key stands twice in one object.
 */
export function parseStrictJson(text: string, where: string): unknown {
  const value = parseJson(text, where);
  const twice = findDuplicateKey(text);
  if (twice !== undefined) {
    throw new StudioError(`${where} has the key ${JSON.stringify(twice)} twice.`, {
      hint: "The file is damaged or was made to deceive. Download it again from its source.",
    });
  }
  return value;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StudioError(`${where} is not JSON: ${(cause as Error).message}.`, {
      hint: "The file is damaged or of another kind. Download it again.",
      cause,
    });
  }
}

/** The first key that an object of this valid JSON text has twice. Keys are compared after their escapes are resolved. */
function findDuplicateKey(text: string): string | undefined {
  // One entry an open bracket: the keys seen in an object, null in an array.
  const open: (Set<string> | null)[] = [];
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g;
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (colon !== undefined) {
      const key: string = JSON.parse(token.slice(0, token.length - colon.length));
      const seen = open.at(-1);
      if (seen?.has(key)) return key;
      seen?.add(key);
    }
  }
  return undefined;
}
