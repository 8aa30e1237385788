// How the numbers of a regression lie: a small histogram a column, train and held out.
import type { TargetFigures } from "../../config/dataset.ts";
import { formatNumber } from "../../lib/format.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import styles from "./targets-panel.module.css";

const words = en.kinds.targets;

/** Columns that are drawn; the others are counted. */
const drawn = 8;

export function TargetsPanel({ targets }: { readonly targets: readonly TargetFigures[] }) {
  const others = targets.length - drawn;
  const far = targets.find(isFar);
  return (
    <Card title={words.title}>
      {targets.slice(0, drawn).map((figures) => (
        <Target key={figures.name} figures={figures} />
      ))}
      {others > 0 ? <p className={styles.note}>{words.more(others)}</p> : null}
      {far === undefined ? null : (
        <p className={styles.note}>{words.far(formatNumber(far.mean))}</p>
      )}
    </Card>
  );
}

/** Numbers that a new output layer, which begins near 0, has far to go to. */
const isFar = ({ mean, deviation }: TargetFigures) =>
  Math.abs(mean) > Math.max(2, 3 * deviation) || deviation > 10;

function Target({ figures }: { readonly figures: TargetFigures }) {
  const { name, least, most, mean, deviation, train, evaluation } = figures;
  const tallest = Math.max(1, ...train.map((rows, bin) => rows + (evaluation[bin] ?? 0)));
  const width = (most - least) / (train.length || 1);
  const [from, to] = [formatNumber(least), formatNumber(most)];
  return (
    <section className={styles.target}>
      <p className={styles.head}>
        <span className={styles.name} title={name}>
          {name}
        </span>
        <span className={styles.figures}>
          {words.spread(formatNumber(mean), formatNumber(deviation))}
        </span>
      </p>
      <div className={styles.plot} role="img" aria-label={words.chart(name, from, to)}>
        {train.map((rows, bin) => {
          const heldOut = evaluation[bin] ?? 0;
          const [start, end] = [least + bin * width, least + (bin + 1) * width];
          return (
            <span
              key={start}
              className={styles.slot}
              title={words.bar(formatNumber(start), formatNumber(end), rows, heldOut)}
            >
              <span
                className={styles.evaluation}
                style={{ height: `${(heldOut / tallest) * 100}%` }}
              />
              <span className={styles.train} style={{ height: `${(rows / tallest) * 100}%` }} />
            </span>
          );
        })}
      </div>
      <p className={styles.axis}>
        <span>{from}</span>
        <span>{to}</span>
      </p>
    </section>
  );
}
