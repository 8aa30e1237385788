// How long the rows are in the model's tokens, and what max_length of the training form cuts.
import type { DatasetInspection, LengthFigures } from "../../config/dataset.ts";
import { formatCount, formatPercent } from "../../lib/format.ts";
import { useLengthFigures } from "../../state/dataset-store.ts";
import { useForm } from "../../state/form-store.ts";
import { goTo } from "../../state/studio-store.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { chartEnd, cutShare, listBars, listTicks } from "./length-chart.ts";
import styles from "./lengths-panel.module.css";

const words = en.data.lengths;

type Lengths = DatasetInspection["lengths"];

export function LengthsPanel({ lengths }: { readonly lengths: Lengths }) {
  const typed = Number(useForm().draft.max_length);
  const maxLength = Number.isInteger(typed) && typed > 0 ? typed : null;
  const figures = useLengthFigures();
  const { median, longest } = lengths;
  if (lengths.counts.length === 0) return null;
  return (
    <Card title={words.title} aside={words.summary(median, longest)}>
      <Chart lengths={lengths} maxLength={maxLength} />
      <p className={styles.cut}>
        {describeCut(lengths, maxLength, figures)}{" "}
        <button type="button" className="link" onClick={() => goTo("training")}>
          {words.change}
        </button>
      </p>
      {figures === null ? null : <PaddingShare figures={figures} />}
    </Card>
  );
}

function PaddingShare({ figures }: { readonly figures: LengthFigures }) {
  const { draft } = useForm();
  const { padding, paddingGrouped, shapes } = figures;
  const isGrouped = draft.train_sampling_strategy === "group_by_length";
  return (
    <p className={styles.cut} data-padding>
      {words.padding(formatPercent(padding), Number(draft.per_device_train_batch_size))}
      {isGrouped ? words.paddingAlready : words.paddingGrouped(formatPercent(paddingGrouped))}{" "}
      {words.shapes(shapes)}
    </p>
  );
}

function describeCut(
  lengths: Lengths,
  maxLength: number | null,
  figures: LengthFigures | null,
): string {
  if (maxLength === null) return words.unreadable;
  if (maxLength >= lengths.longest) return words.none(maxLength);
  const rows = lengths.counts.reduce((sum, count) => sum + count, 0);
  if (figures !== null && rows > 0) {
    const exact = figures.overLongRows / rows;
    return words.cut(maxLength, formatPercent(exact, exact < 0.1 ? 1 : 0), false);
  }
  const { share, isExact } = cutShare(lengths, maxLength);
  return words.cut(maxLength, formatPercent(share, share < 0.1 ? 1 : 0), !isExact);
}

interface ChartProps {
  readonly lengths: Lengths;
  readonly maxLength: number | null;
}

function Chart({ lengths, maxLength }: ChartProps) {
  const bars = listBars(lengths);
  const end = chartEnd(lengths, maxLength);
  const tallest = Math.max(1, ...lengths.counts);
  const at = (tokens: number) => `${(tokens / end) * 100}%`;
  const isMarked = maxLength !== null && maxLength <= end;
  return (
    <div
      className={styles.chart}
      role="img"
      aria-label={words.chart(lengths.median, lengths.longest)}
    >
      <div className={styles.plot}>
        {bars.map(({ from, to, rows }) => (
          <span
            key={from}
            className={styles.slot}
            style={{ left: at(from), width: at(lengths.binWidth) }}
            title={words.bar(from, to, rows)}
          >
            <span
              className={maxLength !== null && from > maxLength ? styles.cutBar : styles.bar}
              style={{ height: `${(rows / tallest) * 100}%` }}
            />
          </span>
        ))}
        {isMarked ? (
          <span className={styles.mark} style={{ left: at(maxLength) }}>
            <span className={maxLength > end / 2 ? styles.markLeft : styles.markRight}>
              max_length {formatCount(maxLength)}
            </span>
          </span>
        ) : null}
      </div>
      <div className={styles.axis}>
        {listTicks(end).map((tick) => (
          <span
            key={tick}
            className={tick > end * 0.95 ? styles.last : undefined}
            style={{ left: at(tick) }}
          >
            {formatCount(tick)}
          </span>
        ))}
      </div>
    </div>
  );
}
