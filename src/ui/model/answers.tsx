// What a model says to a text: probabilities of classes or labels, or numbers.
import { labelThreshold } from "../../config/problem-type.ts";
import { formatFixed, formatNumber } from "../../lib/format.ts";
import type { Prediction } from "../../worker/protocol.ts";
import { en } from "../text/en.ts";
import styles from "./probabilities.module.css";
import { Probabilities } from "./probabilities.tsx";

const words = en.kinds.tryIt;

export function Answers({ prediction }: { readonly prediction: Prediction }) {
  return prediction.problemType === "regression" ? (
    <Numbers prediction={prediction} />
  ) : (
    <Probabilities prediction={prediction} />
  );
}

function Numbers({ prediction: { labels, after, before } }: { readonly prediction: Prediction }) {
  return (
    <ul className={styles.numbers}>
      {labels.map((label, id) => (
        <li key={label}>
          <span className={styles.label} title={label}>
            {label}
          </span>
          <b className="num" data-number={label} data-value={after[id]}>
            {formatNumber(after[id])}
          </b>
          {before === null ? null : (
            <span className={styles.was}>{words.was(formatNumber(before[id]))}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The answer in a few words: the likeliest class, the labels above one half, or the numbers. */
export function describeAnswer({ labels, problemType, after }: Prediction): string {
  switch (problemType) {
    case "single_label_classification": {
      const probability = Math.max(...after);
      const label = labels[after.indexOf(probability)] ?? "";
      return en.playground.sure(label, formatFixed(probability, 3));
    }
    case "multi_label_classification": {
      const chosen = labels.filter((_, id) => (after[id] ?? 0) > labelThreshold);
      return chosen.length === 0 ? words.none : chosen.join(", ");
    }
    case "regression":
      return labels.map((label, id) => `${label} ${formatNumber(after[id])}`).join(", ");
    default:
      return problemType satisfies never;
  }
}
