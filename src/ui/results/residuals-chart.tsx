// How far the predictions are off: rows by error, predicted minus true, around zero.
import { formatNumber } from "../../lib/format.ts";
import { en } from "../text/en.ts";
import styles from "./scatter-chart.module.css";

const words = en.kinds.results;
const size = { width: 480, height: 150 };
const edge = { top: 8, right: 16, bottom: 22, left: 16 };
const bins = 25;

interface ResidualsChartProps {
  readonly name: string;
  /** Predicted minus true, a number a row. */
  readonly errors: readonly number[];
}

export function ResidualsChart({ name, errors }: ResidualsChartProps) {
  // Zero stands in the middle: both sides have the same scale.
  const reach = errors.reduce((most, error) => Math.max(most, Math.abs(error)), 0) || 1;
  const counts = countErrors(errors, reach);
  const tallest = Math.max(1, ...counts);
  const wide = (size.width - edge.left - edge.right) / bins;
  const high = size.height - edge.top - edge.bottom;
  const mean = errors.reduce((sum, error) => sum + error, 0) / (errors.length || 1);
  const middle = size.width / 2;
  return (
    <>
      <svg className={styles.chart} viewBox={`0 0 ${size.width} ${size.height}`} role="img">
        <title>{words.residualChart(name)}</title>
        {counts.map((rows, bin) => {
          const from = -reach + (bin / bins) * 2 * reach;
          const to = from + (2 * reach) / bins;
          const height = (rows / tallest) * high;
          return (
            <rect
              key={from}
              className={styles.bar}
              x={edge.left + bin * wide + 0.5}
              y={edge.top + high - height}
              width={wide - 1}
              height={height}
            >
              <title>{words.residualBar(formatNumber(from), formatNumber(to), rows)}</title>
            </rect>
          );
        })}
        <line
          className={styles.zero}
          x1={middle}
          x2={middle}
          y1={edge.top}
          y2={edge.top + high + 4}
        />
        {[-reach, 0, reach].map((tick, at) => (
          <text
            key={tick}
            className={styles.tick}
            x={[edge.left, middle, size.width - edge.right][at]}
            y={size.height - 6}
            textAnchor={(["start", "middle", "end"] as const)[at]}
          >
            {formatNumber(tick)}
          </text>
        ))}
      </svg>
      <p className="muted small">{words.bias(describeBias(mean, reach))}</p>
    </>
  );
}

function countErrors(errors: readonly number[], reach: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const error of errors) {
    const bin = Math.min(bins - 1, Math.floor(((error + reach) / (2 * reach)) * bins));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

function describeBias(mean: number, reach: number): string {
  if (Math.abs(mean) < reach * 1e-3) return words.exact;
  return mean > 0 ? words.over(formatNumber(mean)) : words.under(formatNumber(-mean));
}
