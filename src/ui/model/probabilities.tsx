// One probability a class or label, the likeliest first.
import { labelThreshold } from "../../config/problem-type.ts";
import { formatFixed } from "../../lib/format.ts";
import type { Prediction } from "../../worker/protocol.ts";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import styles from "./probabilities.module.css";

/** Classes beyond these have next to nothing of the probability; they are counted, not listed. */
const shownClasses = 8;

export function Probabilities({ prediction }: { readonly prediction: Prediction }) {
  const ranked = prediction.labels
    .map((label, index) => ({
      label,
      probability: prediction.after[index] ?? 0,
      before: prediction.before?.[index] ?? null,
    }))
    .sort((a, b) => b.probability - a.probability);
  const others = ranked.length - shownClasses;
  const isSaid = (probability: number, rank: number) =>
    prediction.problemType === "multi_label_classification"
      ? probability > labelThreshold
      : rank === 0;
  return (
    <>
      <ul className={styles.list}>
        {ranked.slice(0, shownClasses).map(({ label, probability, before }, rank) => (
          <li key={label}>
            <span className={styles.label} title={label}>
              {label}
            </span>
            <Meter share={probability} tone={isSaid(probability, rank) ? "best" : "muted"} />
            <span className="num" data-probability={label} data-value={probability}>
              {formatFixed(probability, 3)}
            </span>
            {before === null ? null : (
              <span className={styles.was}>{en.model.tryIt.was(formatFixed(before, 3))}</span>
            )}
          </li>
        ))}
      </ul>
      {others > 0 ? <p className={styles.more}>{en.model.tryIt.more(others)}</p> : null}
    </>
  );
}
