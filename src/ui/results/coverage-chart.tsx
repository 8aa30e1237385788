// Right answers over rows answered, as a step of its own small drawing: its axis is a share, not updates.
import type { CoveragePoint } from "../../lib/coverage.ts";
import { formatPercent } from "../../lib/format.ts";
import { en } from "../text/en.ts";
import styles from "./coverage-chart.module.css";

const words = en.results.coverage;
const width = 480;
const height = 190;
const edge = { top: 10, right: 26, bottom: 34, left: 46 };

interface CoverageChartProps {
  readonly curve: readonly CoveragePoint[];
  /** The place of the threshold. */
  readonly point: CoveragePoint;
}

export function CoverageChart({ curve, point }: CoverageChartProps) {
  const lowest = Math.min(1, ...curve.map(({ accuracy }) => accuracy ?? 1));
  // The axis begins at a tenth below the worst point, so that a good model's curve is no flat line at the top.
  const floor = Math.max(0, Math.floor(lowest * 10 - 0.001) / 10);
  const x = (share: number) => edge.left + share * (width - edge.left - edge.right);
  const y = (share: number) =>
    edge.top + ((1 - share) / (1 - floor || 1)) * (height - edge.top - edge.bottom);
  const line = curve.map((each) => `${x(each.coverage)},${y(each.accuracy ?? 1)}`).join(" ");
  const ticks = [floor, (floor + 1) / 2, 1];
  return (
    <svg className={styles.chart} viewBox={`0 0 ${width} ${height}`} role="img">
      <title>{words.chart}</title>
      {ticks.map((tick) => (
        <g key={tick}>
          <line
            className={styles.grid}
            x1={edge.left}
            x2={width - edge.right}
            y1={y(tick)}
            y2={y(tick)}
          />
          <text className={styles.tick} x={edge.left - 8} y={y(tick) + 3} textAnchor="end">
            {formatPercent(tick)}
          </text>
        </g>
      ))}
      {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
        <text
          key={tick}
          className={styles.tick}
          x={x(tick)}
          y={height - edge.bottom + 15}
          textAnchor="middle"
        >
          {formatPercent(tick)}
        </text>
      ))}
      <text className={styles.axis} x={x(0.5)} y={height - 3} textAnchor="middle">
        {words.xAxis}
      </text>
      <text className={styles.axis} x={edge.left + 4} y={edge.top + 12}>
        {words.yAxis}
      </text>
      <polyline className={styles.line} points={line} />
      {point.accuracy === null ? null : (
        <>
          <line
            className={styles.guide}
            x1={x(point.coverage)}
            x2={x(point.coverage)}
            y1={y(point.accuracy)}
            y2={height - edge.bottom}
          />
          <circle className={styles.place} cx={x(point.coverage)} cy={y(point.accuracy)} r={4.5} />
        </>
      )}
    </svg>
  );
}
