// The curves of a chart as SVG paths inside recharts' drawing. recharts' own Line takes every point through its store and
// lays the whole chart out anew; a live chart of 100,000 rows has no time for that. They come by a context, so that new points
// redraw the paths alone.

import { createContext, useContext } from "react";
import { DefaultZIndexes, usePlotArea, ZIndexLayer } from "recharts";
import type { Point } from "../../lib/lttb.ts";
import type { Curve } from "./curve.ts";
import { inset, type PlotArea, topOf } from "./plot-area.ts";

/** A curve with the points that are drawn of it. */
export interface DrawnCurve extends Curve {
  readonly points: readonly Point[];
}

export const DrawnCurves = createContext<readonly DrawnCurve[]>([]);

/** More dots than this would hide their line. */
const mostDots = 30;

export function CurveLines({ area }: { readonly area: PlotArea }) {
  const curves = useContext(DrawnCurves);
  const plot = usePlotArea();
  if (plot === undefined) return null;
  return (
    <ZIndexLayer zIndex={DefaultZIndexes.line}>
      {curves.map((curve) => (
        <g key={`${curve.name} ${curve.look ?? ""}`} stroke={`var(--${curve.tone})`} fill="none">
          <path
            d={pathOf(curve.points, area, plot.width)}
            strokeLinejoin="round"
            strokeWidth={curve.look === "faint" ? 1 : 1.75}
            {...opacityOf(curve.look)}
          />
          {curve.look === "dots" && curve.points.length <= mostDots
            ? curve.points.map(({ x, y }) => (
                <circle
                  key={x}
                  cx={acrossOf(x, area, plot.width)}
                  cy={topOf(area, y)}
                  r={3}
                  fill="var(--surface)"
                  strokeWidth={1.5}
                />
              ))
            : null}
        </g>
      ))}
    </ZIndexLayer>
  );
}

function opacityOf(look: Curve["look"]) {
  if (look === "faint") return { strokeOpacity: 0.35 };
  if (look === "planned") return { strokeOpacity: 0.5, strokeDasharray: "3 4" };
  return {};
}

/** Path data through the points; empty for none. */
function pathOf(points: readonly Point[], area: PlotArea, width: number): string {
  return points
    .map(({ x, y }, index) => {
      const left = acrossOf(x, area, width).toFixed(1);
      return `${index === 0 ? "M" : "L"}${left} ${topOf(area, y).toFixed(1)}`;
    })
    .join("");
}

/** Pixels from the box's left edge of a place, in a plot `width` pixels wide. */
function acrossOf(x: number, { domain: [from, to] }: PlotArea, width: number): number {
  return inset.left + Math.min(1, Math.max(0, (x - from) / (to - from))) * width;
}
