// Bytes to text: UTF-8 and UTF-16 with and without byte order mark; what is neither is Latin-1 and said to be.
import type { TextEncoding } from "../../config/dataset.ts";
import { StudioError } from "../../lib/errors.ts";

export interface DecodedText {
  readonly text: string;
  readonly encoding: TextEncoding;
  /** Neither a byte order mark nor the bytes themselves prove it: the user should look. */
  readonly isGuess: boolean;
}

/** Decodes by `asked`, or by what the bytes show. Throws a StudioError for bytes that are no text. */
export function decodeText(
  bytes: Uint8Array,
  name: string,
  asked: TextEncoding | undefined,
): DecodedText {
  if (asked !== undefined) {
    // Bytes that the asked encoding lacks become U+FFFD: the table shows them.
    return { text: new TextDecoder(asked).decode(bytes), encoding: asked, isGuess: false };
  }
  const wide = findUtf16(bytes);
  if (wide !== null) {
    return { text: new TextDecoder(wide).decode(bytes), encoding: wide, isGuess: false };
  }
  refuseBinary(bytes, name);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { text, encoding: "utf-8", isGuess: false };
  } catch (cause) {
    refuseDamagedUtf8(bytes, name, cause);
    const encoding = "windows-1252";
    return { text: new TextDecoder(encoding).decode(bytes), encoding, isGuess: true };
  }
}

/** UTF-16 by its mark, or by the zero bytes that every second byte of plain letters is. */
function findUtf16(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const sample = bytes.subarray(0, 4096);
  if (sample.length < 4) return null;
  const zeros = [0, 0];
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  const half = sample.length / 2;
  // Texts in other scripts have fewer zeros, but their delimiters, digits and line ends still do.
  const many = Math.max(2, half * 0.1);
  if (odd > many && even < half * 0.01) return "utf-16le";
  if (even > many && odd < half * 0.01) return "utf-16be";
  return null;
}

function refuseBinary(bytes: Uint8Array, name: string): void {
  const at = bytes.subarray(0, 65_536).indexOf(0);
  if (at < 0) return;
  throw new StudioError(`${name} is no text file: byte ${(at + 1).toLocaleString("en")} is zero.`, {
    hint: "Export the rows as CSV, JSON or Excel and drop that.",
  });
}

/** Much valid UTF-8 with a few bad bytes is a damaged file, not Latin-1: read as such, every other letter would be wrong. */
function refuseDamagedUtf8(bytes: Uint8Array, name: string, cause: unknown): void {
  const { valid, invalid, firstInvalid } = countSequences(bytes);
  if (valid <= invalid * 2) return;
  throw new StudioError(
    `${name} is UTF-8 with ${invalid.toLocaleString("en")} invalid ${invalid === 1 ? "byte" : "bytes"}, the first on line ${lineOf(bytes, firstInvalid).toLocaleString("en")}.`,
    { hint: "Save it as CSV UTF-8.", cause },
  );
}

/** Counts sequences of more than one byte: well-formed ones, and bytes that belong to none. */
function countSequences(bytes: Uint8Array) {
  let valid = 0;
  let invalid = 0;
  let firstInvalid = -1;
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    const length = byte < 0x80 ? 1 : sequenceLength(byte);
    let isWhole = length > 0;
    for (let k = 1; k < length; k += 1) isWhole &&= ((bytes[at + k] ?? 0) & 0xc0) === 0x80;
    if (!isWhole) {
      invalid += 1;
      if (firstInvalid < 0) firstInvalid = at;
    } else if (length > 1) valid += 1;
    at += isWhole ? length : 1;
  }
  return { valid, invalid, firstInvalid };
}

function sequenceLength(byte: number): number {
  if (byte >= 0xc2 && byte <= 0xdf) return 2;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  return byte >= 0xf0 && byte <= 0xf4 ? 4 : 0;
}

function lineOf(bytes: Uint8Array, position: number): number {
  let line = 1;
  for (let at = bytes.indexOf(10); at >= 0 && at < position; at = bytes.indexOf(10, at + 1)) {
    line += 1;
  }
  return line;
}
