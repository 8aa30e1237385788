// On which side of its line, and at which end, the words of each level stand, so that they lie on no other words of the chart.
import type { Level } from "./curve.ts";
import { inset, type PlotArea, topOf } from "./plot-area.ts";

/** The mark's dot and where its words stand. */
interface MarkedPlace {
  readonly y: number;
  readonly side: "top" | "bottom";
}

export interface LevelPlace {
  readonly side: "above" | "below";
  /** The end of the line where the mark is not, or the other. */
  readonly end: "usual" | "other";
}

type Span = readonly [top: number, bottom: number];

/** Pixels: of a line of words, and between it and what it belongs to. */
const height = 12;
const gap = 5;

const allPlaces: readonly LevelPlace[] = (["usual", "other"] as const).flatMap((end) =>
  (["above", "below"] as const).map((side) => ({ side, end })),
);

/**
 * One place a level, in their order. Alone, words stand towards the chart's middle; of two near levels each has its own side, or
 * its own end where the chart's edge leaves one side.
 */
export function levelPlaces(
  levels: readonly Level[],
  mark: MarkedPlace | null,
  area: PlotArea,
): readonly LevelPlace[] {
  const lines = levels.map(({ y }) => topOf(area, y));
  const marked = mark === null ? [] : [spanOfMark(mark, area)];
  let best: { places: readonly LevelPlace[]; cost: number } | undefined;
  for (const places of choices(levels.length)) {
    const cost = costOf(places, lines, marked, area);
    if (best === undefined || cost < best.cost) best = { places, cost };
  }
  return best?.places ?? [];
}

/** Every way to choose places for so many levels; charts have one or two. */
function choices(count: number): readonly (readonly LevelPlace[])[] {
  if (count === 0) return [[]];
  return choices(count - 1).flatMap((rest) => allPlaces.map((place) => [...rest, place]));
}

function costOf(
  places: readonly LevelPlace[],
  lines: readonly number[],
  marked: readonly Span[],
  area: PlotArea,
): number {
  const [first, last] = [inset.top, area.height - inset.bottom];
  const spans = places.map(({ side }, at) => spanOf(lines[at] ?? 0, side));
  return places.reduce((cost, { side, end }, at) => {
    const line = lines[at] ?? 0;
    const [top, bottom] = spans[at] ?? [0, 0];
    const besides = spans.slice(0, at).filter((_, other) => places[other]?.end === end);
    const overlaps = [...marked, ...besides].filter(([from, to]) => bottom > from && top < to);
    const [from, to] = [Math.min(line, top), Math.max(line, bottom)];
    const crossed = lines.filter((other, place) => place !== at && other > from && other < to);
    const isOutside = top < first || bottom > last;
    const isTowardsMiddle = (side === "below") === line < (first + last) / 2;
    const unusual = (isTowardsMiddle ? 0 : 1) + (end === "usual" ? 0 : 3);
    return cost + (isOutside ? 8 : 0) + 4 * overlaps.length + 2 * crossed.length + unusual;
  }, 0);
}

const spanOf = (line: number, side: LevelPlace["side"]): Span =>
  side === "below" ? [line + gap, line + gap + height] : [line - gap - height, line - gap];

function spanOfMark({ y, side }: MarkedPlace, area: PlotArea): Span {
  const dot = topOf(area, y);
  return side === "top" ? [dot - 2 * gap - height, dot] : [dot, dot + 2 * gap + height];
}
