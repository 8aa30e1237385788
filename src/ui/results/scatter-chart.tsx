// Predicted over true numbers, as its own small drawing: on the diagonal both are equal.
import { formatNumber } from "../../lib/format.ts";
import { niceTicks } from "../charts/ticks.ts";
import { en } from "../text/en.ts";
import styles from "./scatter-chart.module.css";

const words = en.kinds.results;
const size = { width: 480, height: 300 };
const edge = { top: 12, right: 16, bottom: 36, left: 58 };

/** More points are a cloud that only costs time. */
const mostPoints = 1500;

interface ScatterPoint {
  readonly truth: number;
  readonly predicted: number;
}

interface ScatterChartProps {
  readonly name: string;
  readonly points: readonly ScatterPoint[];
}

export function ScatterChart({ name, points }: ScatterChartProps) {
  const every = Math.ceil(points.length / mostPoints);
  const drawn = points.filter((_, index) => index % every === 0);
  const all = drawn.flatMap(({ truth, predicted }) => [truth, predicted]);
  // Both axes have the same round ends, so that equal numbers lie on the diagonal.
  const ticks = niceTicks(all, false, 5);
  const [least, most] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const span = most - least || 1;
  const x = (value: number) =>
    edge.left + ((value - least) / span) * (size.width - edge.left - edge.right);
  const y = (value: number) =>
    size.height - edge.bottom - ((value - least) / span) * (size.height - edge.top - edge.bottom);
  return (
    <>
      <svg className={styles.chart} viewBox={`0 0 ${size.width} ${size.height}`} role="img">
        <title>{words.scatterChart(name, points.length)}</title>
        {ticks.map((tick) => (
          <g key={tick}>
            <line
              className={styles.grid}
              x1={edge.left}
              x2={size.width - edge.right}
              y1={y(tick)}
              y2={y(tick)}
            />
            <text className={styles.tick} x={edge.left - 8} y={y(tick) + 3} textAnchor="end">
              {formatNumber(tick)}
            </text>
            <text
              className={styles.tick}
              x={x(tick)}
              y={size.height - edge.bottom + 15}
              textAnchor="middle"
            >
              {formatNumber(tick)}
            </text>
          </g>
        ))}
        <line className={styles.equal} x1={x(least)} y1={y(least)} x2={x(most)} y2={y(most)} />
        {drawn.map(({ truth, predicted }, index) => (
          <circle
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name here, and never change places.
            key={index}
            className={styles.point}
            cx={x(truth)}
            cy={y(predicted)}
            r={2.6}
          />
        ))}
        <text
          className={styles.axis}
          x={(edge.left + size.width - edge.right) / 2}
          y={size.height - 3}
          textAnchor="middle"
        >
          {words.truth}
        </text>
        <text className={styles.axis} x={edge.left + 6} y={edge.top + 8}>
          {words.predicted}
        </text>
      </svg>
      {every === 1 ? null : (
        <p className="faint small">{words.shown(drawn.length, points.length)}</p>
      )}
    </>
  );
}
