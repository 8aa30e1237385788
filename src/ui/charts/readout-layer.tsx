// What a chart says under the pointer. It lies over the picture and moves in all charts of its group together.
import { type KeyboardEvent, memo, type PointerEvent, useMemo } from "react";
import { type Point, pointAt } from "../../lib/lttb.ts";
import { type ChartAxis, setReadout, useReadout } from "../../state/chart-store.ts";
import { en } from "../text/en.ts";
import { formatPlace } from "./axis.ts";
import type { Curve } from "./curve.ts";
import { nearestIndex } from "./nearest.ts";
import { leftOf, type PlotArea, topOf, xOfPixel } from "./plot-area.ts";
import styles from "./readout-layer.module.css";

const words = en.charts;

interface ReadoutLayerProps {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly area: PlotArea;
  readonly axis: ChartAxis;
  readonly format: (value: number) => string;
  readonly group: string;
}

export const ReadoutLayer = memo(function ReadoutLayer(props: ReadoutLayerProps) {
  const { title, curves, area, axis, format, group } = props;
  const x = useReadout(group);
  const told = useMemo(() => curves.filter(isTold), [curves]);
  const rows = x === null ? [] : valuesAt(told, x);
  const [from, to] = area.domain;
  // A small chart would hide behind its own read-out.
  const isSmall = area.height < 160;
  const text = x === null ? words.noReadout : describe(rows, formatPlace(x, axis), format);

  const follow = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setReadout({ group, x: xOfPixel(area, event.clientX - box.left, box.width) });
  };
  const step = (event: KeyboardEvent<HTMLElement>) => {
    const next = placeAfterKey(event.key, told, x);
    if (next === undefined) return;
    event.preventDefault();
    setReadout(next === null ? null : { group, x: next });
  };
  return (
    <div
      className={styles.layer}
      role="slider"
      tabIndex={0}
      aria-label={words.readout(title)}
      aria-valuemin={from}
      aria-valuemax={to}
      aria-valuenow={x ?? from}
      aria-valuetext={text}
      onPointerMove={follow}
      onPointerDown={follow}
      onPointerLeave={() => setReadout(null)}
      onBlur={() => setReadout(null)}
      onKeyDown={step}
    >
      {x === null || rows.length === 0 ? null : (
        <>
          <span className={styles.line} style={{ left: leftOf(area, x) }} />
          {rows.map(({ curve, point }) => (
            <span
              key={curve.name}
              className={styles.dot}
              data-tone={curve.tone}
              style={{ left: leftOf(area, point.x), top: topOf(area, point.y) }}
            />
          ))}
          <div
            className={styles.values}
            data-side={(x - from) / (to - from) > 0.5 ? "left" : "right"}
            style={{ left: leftOf(area, x) }}
          >
            {isSmall ? null : <p className="num">{words.place[axis](formatPlace(x, axis))}</p>}
            {rows.map(({ curve, point }) => (
              <p key={curve.name}>
                <i data-tone={curve.tone} />
                {isSmall && rows.length === 1 ? null : `${curve.name} `}
                <span className="num">{format(point.y)}</span>
              </p>
            ))}
          </div>
        </>
      )}
    </div>
  );
});

interface Row {
  readonly curve: Curve;
  readonly point: Point;
}

const isTold = ({ look, series }: Curve) =>
  look !== "faint" && look !== "planned" && series.xs.length > 0;

/** The value of each curve nearest to the place, from all its points and not only the drawn ones. */
function valuesAt(curves: readonly Curve[], x: number): Row[] {
  return curves.flatMap((curve) => {
    const point = pointAt(curve.series, nearestIndex(curve.series.xs, x));
    return point === undefined ? [] : [{ curve, point }];
  });
}

function describe(rows: readonly Row[], place: string, format: (value: number) => string): string {
  return [place, ...rows.map(({ curve, point }) => `${curve.name} ${format(point.y)}`)].join(", ");
}

/** Where a key leads on the curve with the most points: a place, null for nowhere, undefined for a key that means nothing here. */
function placeAfterKey(
  key: string,
  curves: readonly Curve[],
  x: number | null,
): number | null | undefined {
  if (key === "Escape") return null;
  const xs = curves.reduce<Float64Array>(
    (most, { series }) => (series.xs.length > most.length ? series.xs : most),
    new Float64Array(),
  );
  const end = xs.length - 1;
  const at = x === null ? -1 : nearestIndex(xs, x);
  const leaps: Readonly<Record<string, number>> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    PageDown: at + Math.ceil(xs.length / 10),
    PageUp: at - Math.ceil(xs.length / 10),
    Home: 0,
    End: end,
  };
  const index = leaps[key];
  return index === undefined ? undefined : xs[Math.min(end, Math.max(0, index))];
}
