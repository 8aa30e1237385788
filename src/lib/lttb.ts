// Down-sampling of curves for the screen: Largest Triangle Three Buckets (Steinarsson, 2013).

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** At most `count` of the points, the first and last among them, chosen so that the curve keeps its shape. */
export function lttb(points: readonly Point[], count: number): readonly Point[] {
  const [first] = points;
  const last = points.at(-1);
  if (points.length <= count || count < 3 || first === undefined || last === undefined)
    return points;
  const width = (points.length - 2) / (count - 2);
  const bucket = (index: number) =>
    points.slice(1 + Math.floor(index * width), 1 + Math.floor((index + 1) * width));
  const chosen: Point[] = [first];
  let anchor = first;
  for (let index = 0; index < count - 2; index += 1) {
    const next = index === count - 3 ? [last] : bucket(index + 1);
    const target = mean(next);
    let best: Point | undefined;
    let largest = -1;
    for (const point of bucket(index)) {
      const area = Math.abs(
        (anchor.x - target.x) * (point.y - anchor.y) - (anchor.x - point.x) * (target.y - anchor.y),
      );
      if (area > largest) {
        largest = area;
        best = point;
      }
    }
    if (best === undefined) continue;
    chosen.push(best);
    anchor = best;
  }
  return [...chosen, last];
}

function mean(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}
