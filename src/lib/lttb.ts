// Down-sampling of curves for the screen: Largest Triangle Three Buckets (Steinarsson, 2013).

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Points as two columns of equal length, sorted by x. A live chart goes through 100,000 of them at each update. */
export interface Series {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
}

/** A point of a series, or undefined past its ends. */
export function pointAt({ xs, ys }: Series, index: number): Point | undefined {
  const x = xs[index];
  const y = ys[index];
  return x === undefined || y === undefined ? undefined : { x, y };
}

/** At most `count` of the points, the first and last among them, chosen so that the curve keeps its shape. */
export function lttb(series: Series, count: number): Point[] {
  const { length } = series.xs;
  const indices = length <= count || count < 3 ? all(length) : chooseIndices(series, count);
  return indices.flatMap((index) => pointAt(series, index) ?? []);
}

const all = (length: number) => Array.from({ length }, (_, index) => index);

function chooseIndices(series: Series, count: number): number[] {
  const { length } = series.xs;
  const width = (length - 2) / (count - 2);
  const startOf = (bucket: number) => 1 + Math.floor(bucket * width);
  const chosen = [0];
  let anchor = 0;
  for (let bucket = 0; bucket < count - 2; bucket += 1) {
    const from = startOf(bucket);
    const to = startOf(bucket + 1);
    // The bucket after the last one is the last point alone.
    const target = mean(series, to, Math.min(startOf(bucket + 2), length));
    anchor = largestTriangle(series, from, to, anchor, target);
    chosen.push(anchor);
  }
  chosen.push(length - 1);
  return chosen;
}

function largestTriangle(
  { xs, ys }: Series,
  from: number,
  to: number,
  anchor: number,
  target: Point,
): number {
  const anchorX = xs[anchor] as number;
  const anchorY = ys[anchor] as number;
  let best = from;
  let largest = -1;
  for (let index = from; index < to; index += 1) {
    const area = Math.abs(
      (anchorX - target.x) * ((ys[index] as number) - anchorY) -
        (anchorX - (xs[index] as number)) * (target.y - anchorY),
    );
    if (area <= largest) continue;
    largest = area;
    best = index;
  }
  return best;
}

function mean({ xs, ys }: Series, from: number, to: number): Point {
  let x = 0;
  let y = 0;
  for (let index = from; index < to; index += 1) {
    x += xs[index] as number;
    y += ys[index] as number;
  }
  return { x: x / (to - from), y: y / (to - from) };
}
