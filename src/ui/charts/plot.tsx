// The picture of a chart: axes, grid, levels and the mark by recharts, the curves over them. It follows no pointer:
// readout-layer.tsx lies over it, so that a hover redraws no curve.
import { memo } from "react";
import {
  CartesianGrid,
  LineChart,
  ReferenceDot,
  ReferenceLine,
  ResponsiveContainer,
  XAxis,
  YAxis,
} from "recharts";
import type { Point } from "../../lib/lttb.ts";
import type { ChartAxis } from "../../state/chart-store.ts";
import { formatPlace, timeTicks } from "./axis.ts";
import type { Level } from "./curve.ts";
import { CurveLines, type DrawnCurve, DrawnCurves } from "./curve-lines.tsx";
import styles from "./curves.module.css";
import { type LevelPlace, levelPlaces } from "./level-places.ts";
import { inset, type PlotArea } from "./plot-area.ts";
import { niceTicks } from "./ticks.ts";

interface FrameProps {
  readonly area: PlotArea;
  readonly ticks: readonly number[];
  /** About so many on the horizontal axis. */
  readonly tickCount: number;
  readonly axis: ChartAxis;
  readonly format: (value: number) => string;
  readonly levels: readonly Level[];
  readonly mark: (Point & { readonly label: string }) | null;
}

interface PlotProps extends FrameProps {
  readonly curves: readonly DrawnCurve[];
}

export function Plot({ curves, ...frame }: PlotProps) {
  return (
    <DrawnCurves value={curves}>
      <Frame {...frame} />
    </DrawnCurves>
  );
}

/** All but the curves. It is drawn anew only where one of its values changes, and most updates change none. */
const Frame = memo(function Frame(props: FrameProps) {
  const { area, ticks, axis, format, levels, mark } = props;
  const [low, high] = area.range;
  const place = mark === null ? null : markPlace(mark, area);
  const marked = mark === null || place === null ? null : { y: mark.y, side: place.position };
  const places = levelPlaces(levels, marked, area);
  const [from, to] = area.domain;
  // At the side where the mark is not, so that their words do not lie over each other.
  const isLeft = mark !== null && mark.x >= (from + to) / 2;
  return (
    <ResponsiveContainer width="100%" height={area.height}>
      <LineChart
        margin={{ top: inset.top, right: inset.right, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="x"
          type="number"
          domain={[...area.domain]}
          // Without a curve of its own recharts takes the domain only so.
          allowDataOverflow
          ticks={placeTicks(area.domain[1], axis, props.tickCount)}
          tickFormatter={(x: number) => formatPlace(x, axis)}
          tickLine={false}
          axisLine={false}
          height={inset.bottom}
        />
        <YAxis
          type="number"
          scale={area.log ? "log" : "linear"}
          domain={[low, high]}
          allowDataOverflow
          ticks={[...ticks]}
          tickFormatter={format}
          tickLine={false}
          axisLine={false}
          width={inset.left}
        />
        {levels.map(({ y, label }, index) => (
          <ReferenceLine
            key={label}
            y={y}
            stroke="var(--faint)"
            strokeDasharray="3 4"
            label={{
              value: label,
              position: labelPosition(places[index], isLeft),
              className: styles.level ?? "",
            }}
          />
        ))}
        <CurveLines area={area} />
        {mark === null ? null : (
          <ReferenceDot
            x={mark.x}
            y={mark.y}
            r={4.5}
            // Above the curve's own dots.
            zIndex={1200}
            fill="var(--best)"
            stroke="var(--surface)"
            label={{
              value: mark.label,
              ...place,
              className: styles.mark ?? "",
            }}
          />
        )}
      </LineChart>
    </ResponsiveContainer>
  );
}, isSameFrame);

/** Recharts names places as seen from the box of which the line is an edge: its top lies below the line. */
function labelPosition(place: LevelPlace | undefined, isLeft: boolean) {
  const end = (place?.end === "other") !== isLeft ? "Left" : "Right";
  return `inside${place?.side === "below" ? "Top" : "Bottom"}${end}` as const;
}

function isSameFrame({ format, ...values }: FrameProps, next: FrameProps): boolean {
  const { format: nextFormat, ...nextValues } = next;
  return format === nextFormat && JSON.stringify(values) === JSON.stringify(nextValues);
}

/** Round places from 0 to the end of the axis. */
function placeTicks(last: number, axis: ChartAxis, count: number): number[] {
  if (axis === "time") return timeTicks(last, count);
  const least = axis === "step" ? 1 : 0;
  return niceTicks([0, Math.max(least, last)], false, count).filter((tick) => tick <= last);
}

/** Above the dot, or below it near the top. At the ends of the axis the words begin or end there: centred ones would be cut. */
function markPlace(mark: Point, { domain: [from, to], range, log }: PlotArea) {
  const share = (mark.x - from) / (to - from);
  const map = log ? Math.log10 : (value: number) => value;
  const height = (map(mark.y) - map(range[0])) / (map(range[1]) - map(range[0]));
  return {
    position: height > 0.85 ? "bottom" : "top",
    textAnchor: share > 0.85 ? "end" : share < 0.15 ? "start" : "middle",
  } as const;
}
