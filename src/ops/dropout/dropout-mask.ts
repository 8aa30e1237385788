// The bits that decide what dropout drops: a function of a key and an element's index, so that nothing has to be saved and a resumed
// run draws the same masks. `dropout.as.ts` computes the same bits in AssemblyScript; change both or neither.

/** Two words of 32 bits. */
export type DropoutKey = readonly [number, number];

/** The key of one dropout of one step: from the run's seed, the step, and what else tells it apart, such as its name. */
export function dropoutKey(...parts: readonly (number | string)[]): DropoutKey {
  let key: DropoutKey = [0x243f6a88, 0x85a308d3];
  for (const part of parts) {
    for (const word of typeof part === "string" ? charCodes(part) : words(part)) {
      key = [drawBits(word, key[0], key[1]), drawBits(word, key[1], key[0])];
    }
  }
  return key;
}

const charCodes = (text: string) => Array.from(text, (character) => character.codePointAt(0) ?? 0);

/** A whole number below 2^53 as two words. */
const words = (value: number) => [value >>> 0, Math.floor(value / 2 ** 32) >>> 0];

/** 32 well-mixed bits of a counter under a key, as an unsigned number. */
export function drawBits(counter: number, key0: number, key1: number): number {
  let x = (counter + key0) >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = (x + key1) | 0;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  x = Math.imul(x, 0x31848bab);
  x ^= x >>> 14;
  return x >>> 0;
}

/** An element is kept where 24 of its bits are at least this. */
export const dropThreshold = (rate: number): number => Math.round(rate * 2 ** 24);

/** What a kept element is multiplied by; 0 where all are dropped. */
export const keptScale = (rate: number): number => (rate < 1 ? 1 / (1 - rate) : 0);

/** `keptScale` where an element is kept and 0 where it is dropped, for `size` elements. */
export function dropoutFactors(size: number, rate: number, [key0, key1]: DropoutKey): Float32Array {
  const threshold = dropThreshold(rate);
  const scale = keptScale(rate);
  return Float32Array.from({ length: size }, (_, index) =>
    drawBits(index, key0, key1) >>> 8 >= threshold ? scale : 0,
  );
}
