import fc from "fast-check";
import { expect, test } from "vitest";
import { arrangeScratch, type ScratchLife } from "../../../../src/engine/capture/scratch.ts";

const none = (count: number) => Array.from({ length: count }, () => new Set<number>());

test("pieces that do not live at the same time lie in one place", () => {
  const lives = [
    { size: 1024, first: 0, last: 1 },
    { size: 512, first: 2, last: 3 },
    { size: 512, first: 2, last: 2 },
  ];
  const { places, sizes } = arrangeScratch(lives, none(3), 1e9);
  expect(sizes).toEqual([1024]);
  expect(places.map(({ offset }) => offset)).toEqual([0, 0, 512]);
});

test("pieces in conflict lie in two buffers, and no buffer grows beyond the limit", () => {
  const lives = [
    { size: 256, first: 0, last: 1 },
    { size: 256, first: 1, last: 2 },
  ];
  const conflicts = [new Set([1]), new Set([0])];
  expect(arrangeScratch(lives, conflicts, 1e9).sizes).toEqual([256, 256]);
  expect(arrangeScratch(lives, none(2), 1e9).sizes).toEqual([512]);
  expect(arrangeScratch(lives, none(2), 400).sizes).toEqual([256, 256]);
  expect(arrangeScratch([{ size: 800, first: 0, last: 0 }], none(1), 400).sizes).toEqual([1024]);
});

test("whatever the pieces, those alive at the same time never overlap and conflicts are kept apart", () => {
  const piece = fc.record({
    size: fc.integer({ min: 1, max: 4000 }),
    first: fc.integer({ min: 0, max: 20 }),
    length: fc.integer({ min: 0, max: 10 }),
  });
  const pair = fc.tuple(fc.nat(19), fc.nat(19));
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 20 }),
      fc.array(pair, { maxLength: 30 }),
      (pieces, pairs) => {
        const lives: ScratchLife[] = pieces.map(({ size, first, length }) => ({
          ...{ size, first, last: first + length },
        }));
        const conflicts = none(lives.length);
        for (const [a, b] of pairs) {
          if (a === b || a >= lives.length || b >= lives.length) continue;
          conflicts[a]?.add(b);
          conflicts[b]?.add(a);
        }
        const { places, sizes } = arrangeScratch(lives, conflicts, 8192);
        lives.forEach((life, i) => {
          const own = places[i] ?? { buffer: -1, offset: -1 };
          expect(own.offset % 256).toBe(0);
          expect(own.offset + life.size).toBeLessThanOrEqual(sizes[own.buffer] ?? 0);
          for (let j = 0; j < i; j += 1) {
            const [other, place] = [lives[j], places[j]];
            if (other === undefined || place?.buffer !== own.buffer) continue;
            expect(conflicts[i]?.has(j)).toBe(false);
            const together = other.first <= life.last && life.first <= other.last;
            const apart =
              place.offset + other.size <= own.offset || own.offset + life.size <= place.offset;
            expect(!together || apart).toBe(true);
          }
        });
      },
    ),
  );
});
