// How many rows each class has, or each label of sets, in training and held out. The largest first.
import { balancedWeight } from "../../config/class-weight.ts";
import type { ClassCount, DatasetInspection } from "../../config/dataset.ts";
import { formatCount, formatFixed, formatPercent } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useDatasetStore } from "../../state/dataset-store.ts";
import { Card } from "../parts/card.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { en } from "../text/en.ts";
import styles from "./classes-panel.module.css";

const words = en.data.classes;
const sets = en.kinds.labels;

/** A wrong label column can give a class a row; nobody reads thousands. */
const listedClasses = 200;

const size = ({ train, evaluation }: ClassCount) => train + evaluation;

export function ClassesPanel({ inspection }: { readonly inspection: DatasetInspection }) {
  // The switch shows what was chosen, the rows what the answer to it says.
  const chosen = useDatasetStore(
    ({ dataset }) => dataset.phase === "ready" && dataset.choice.class_weight === "balanced",
  );
  const classes = inspection.classes.toSorted((a, b) => size(b) - size(a));
  const largest = classes[0] === undefined ? 0 : size(classes[0]);
  const all = inspection.trainRows + inspection.evaluationRows;
  const others = classes.length - listedClasses;
  const { labelSets } = inspection;
  const isWeighed = labelSets === null && inspection.choice.class_weight === "balanced";
  const total = labelSets === null ? words.total : sets.total;
  const majority = all === 0 ? total(classes.length) : words.majority(formatPercent(largest / all));
  return (
    <Card
      title={labelSets === null ? words.title : sets.title}
      aside={labelSets === null ? majority : sets.perRow(formatFixed(labelSets.labelsPerRow, 1))}
    >
      <p className={styles.legend}>
        <span>{total(classes.length)}</span>
        <span className={styles.trainKey}>{words.train}</span>
        <span className={styles.evaluationKey}>{words.evaluation}</span>
      </p>
      {/* Many classes scroll here, and a region that scrolls must be reachable by key. */}
      <ul className={styles.list} tabIndex={classes.length > 8 ? 0 : undefined}>
        {classes.slice(0, listedClasses).map((entry) => (
          <ClassRow
            key={entry.label}
            entry={entry}
            largest={largest}
            weight={
              isWeighed ? balancedWeight(entry.train, classes.length, inspection.trainRows) : null
            }
          />
        ))}
        {others > 0 ? <li className={styles.more}>{words.more(others)}</li> : null}
      </ul>
      {labelSets === null ? (
        <div className={styles.weigh}>
          <Toggle
            name="class_weight"
            checked={chosen}
            onChange={(weigh) =>
              actions().changeChoice({ class_weight: weigh ? "balanced" : "none" })
            }
            label={words.weigh}
            hfName="class_weight"
          />
        </div>
      ) : labelSets.rowsWithout === 0 ? null : (
        <p className={styles.more}>{sets.without(labelSets.rowsWithout)}</p>
      )}
    </Card>
  );
}

interface ClassRowProps {
  readonly entry: ClassCount;
  /** Rows of the largest class: the full width. */
  readonly largest: number;
  /** What a row of the class counts in the loss; null where all count the same. */
  readonly weight: number | null;
}

function ClassRow({ entry, largest, weight }: ClassRowProps) {
  const { label, train, evaluation } = entry;
  const percent = (rows: number) => `${largest === 0 ? 0 : (rows / largest) * 100}%`;
  return (
    <li title={words.counts(label, train, evaluation)}>
      <span className={styles.row}>
        <span className={styles.label}>{label}</span>
        {evaluation === 0 ? <span className={styles.warning}>{words.noneHeldOut}</span> : null}
        {weight === null ? null : (
          <span className={styles.weight}>{words.weight(formatFixed(weight, 2))}</span>
        )}
        <span className={styles.count}>
          {formatCount(train)}
          <span className={styles.evaluationCount}>{formatCount(evaluation)}</span>
        </span>
      </span>
      <span className={styles.bar} aria-hidden="true">
        <span className={styles.train} style={{ width: percent(train) }} />
        <span className={styles.evaluation} style={{ width: percent(evaluation) }} />
      </span>
    </li>
  );
}
