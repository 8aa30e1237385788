// On which side of its line the words of each level stand, so that they lie on no other words of the chart.
import type { Level } from "./curve.ts";
import { inset, type PlotArea, topOf } from "./plot-area.ts";

/** The mark's dot and where its words stand. */
interface MarkedPlace {
  readonly y: number;
  readonly side: "left" | "right" | "top" | "bottom";
}

type Side = "above" | "below";
type Span = readonly [top: number, bottom: number];

/** Pixels: of a line of words, and between it and what it belongs to. */
const height = 12;
const gap = 5;

/** One side a level, in their order. Alone, words stand towards the chart's middle; of two near levels each has its own side. */
export function levelSides(
  levels: readonly Level[],
  mark: MarkedPlace | null,
  area: PlotArea,
): readonly Side[] {
  const lines = levels.map(({ y }) => topOf(area, y));
  const marked = mark === null ? [] : [spanOfMark(mark, area)];
  let best: { sides: readonly Side[]; cost: number } | undefined;
  for (const sides of choices(levels.length)) {
    const cost = costOf(sides, lines, marked, area);
    if (best === undefined || cost < best.cost) best = { sides, cost };
  }
  return best?.sides ?? [];
}

/** Every way to choose sides for so many levels; charts have one or two. */
function choices(count: number): readonly (readonly Side[])[] {
  if (count === 0) return [[]];
  return choices(count - 1).flatMap((rest) =>
    (["above", "below"] as const).map((side) => [...rest, side]),
  );
}

function costOf(
  sides: readonly Side[],
  lines: readonly number[],
  marked: readonly Span[],
  area: PlotArea,
): number {
  const [first, last] = [inset.top, area.height - inset.bottom];
  const spans = sides.map((side, at) => spanOf(lines[at] ?? 0, side));
  return spans.reduce((cost, [top, bottom], at) => {
    const line = lines[at] ?? 0;
    const others = [...marked, ...spans.slice(0, at)];
    const overlaps = others.filter(([from, to]) => bottom > from && top < to).length;
    const [from, to] = [Math.min(line, top), Math.max(line, bottom)];
    const crossed = lines.filter((other, place) => place !== at && other > from && other < to);
    const isOutside = top < first || bottom > last;
    const isUsual = (sides[at] === "below") === line < (first + last) / 2;
    return cost + (isOutside ? 8 : 0) + 4 * overlaps + 2 * crossed.length + (isUsual ? 0 : 1);
  }, 0);
}

const spanOf = (line: number, side: Side): Span =>
  side === "below" ? [line + gap, line + gap + height] : [line - gap - height, line - gap];

function spanOfMark({ y, side }: MarkedPlace, area: PlotArea): Span {
  const dot = topOf(area, y);
  if (side === "top") return [dot - 2 * gap - height, dot];
  if (side === "bottom") return [dot, dot + 2 * gap + height];
  return [dot - height / 2, dot + height / 2];
}
