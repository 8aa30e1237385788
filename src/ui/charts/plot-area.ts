// Where a chart draws inside its box. The chart and the layer that follows the pointer both measure by it.

/** Pixels between the box's edges and the plotted area. */
export const inset = { top: 8, right: 16, bottom: 26, left: 52 } as const;

export interface PlotArea {
  /** Of the box, in pixels. */
  readonly height: number;
  /** The axis reaches from the first to the second. */
  readonly domain: readonly [number, number];
  /** Values at the bottom and the top. */
  readonly range: readonly [number, number];
  readonly log: boolean;
}

/** A place on the axis as a CSS length from the box's left edge. */
export function leftOf({ domain: [from, to] }: PlotArea, x: number): string {
  const share = Math.min(1, Math.max(0, (x - from) / (to - from)));
  return `calc(${inset.left}px + ${share.toFixed(5)} * (100% - ${inset.left + inset.right}px))`;
}

/** The place on the axis at so many pixels from the left edge of a box `width` pixels wide, kept on the axis. */
export function xOfPixel({ domain: [from, to] }: PlotArea, pixel: number, width: number): number {
  const share = (pixel - inset.left) / (width - inset.left - inset.right);
  return from + Math.min(1, Math.max(0, share)) * (to - from);
}

/** Pixels from the box's top edge of a value, kept in the plot. */
export function topOf({ height, range, log }: PlotArea, y: number): number {
  const map = log ? Math.log10 : (value: number) => value;
  const [low, high] = [map(range[0]), map(range[1])];
  const share = Math.min(1, Math.max(0, (map(y) - low) / (high - low)));
  return inset.top + (1 - share) * (height - inset.top - inset.bottom);
}
