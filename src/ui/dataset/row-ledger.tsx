// Where every row that was read goes: the sum stands on the page, so that nothing can be missing from it.
import type { DatasetInspection } from "../../config/dataset.ts";
import type { ProblemType } from "../../config/problem-type.ts";
import { formatCount } from "../../lib/format.ts";
import { classNames } from "../parts/class-names.ts";
import { en } from "../text/en.ts";
import styles from "./row-ledger.module.css";

const words = en.data.ledger;

interface Part {
  readonly tone: "train" | "evaluation" | "left";
  readonly rows: number;
  readonly name: string;
}

export function RowLedger({ inspection }: { readonly inspection: DatasetInspection }) {
  const parts = listParts(inspection);
  const { rowCount } = inspection;
  return (
    <div className={styles.ledger}>
      <p className="hidden">{describeSplit(inspection)}</p>
      <p className={styles.sum}>
        <span className={styles.part}>
          <b>{formatCount(rowCount)}</b> {words.read}
        </span>
        {parts.map(({ tone, rows, name }, at) => (
          <span key={name} className={classNames(styles.part, styles[tone])}>
            <span className={styles.sign}>{at === 0 ? "=" : "+"}</span>
            <b>{formatCount(rows)}</b> {name}
          </span>
        ))}
      </p>
      <span className={styles.bar} aria-hidden="true">
        {parts.map(({ tone, rows, name }) => (
          <span
            key={name}
            className={styles[`${tone}Bar`]}
            style={{ width: `${rowCount === 0 ? 0 : (rows / rowCount) * 100}%` }}
          />
        ))}
      </span>
    </div>
  );
}

function describeSplit({ trainRows, evaluationRows, choice }: DatasetInspection): string {
  return choice.evaluation === null
    ? splitWords(choice.problem_type)(trainRows, evaluationRows, choice.split_seed)
    : words.splitFile(trainRows, evaluationRows, choice.evaluation.name);
}

function listParts(inspection: DatasetInspection): Part[] {
  const { trainRows, evaluationRows, unusedRows, skipped, choice } = inspection;
  const heldOut =
    choice.evaluation === null
      ? words.heldOut
      : `${words.heldOut}, ${words.heldOutFile(choice.evaluation.name)}`;
  const parts: Part[] = [
    { tone: "train", rows: trainRows, name: words.trains },
    { tone: "evaluation", rows: evaluationRows, name: heldOut },
  ];
  if (unusedRows > 0) parts.push({ tone: "left", rows: unusedRows, name: words.unused });
  for (const { reason, rows } of skipped) {
    const isUntaught = reason === "emptyText" && choice.language !== null;
    const name = isUntaught ? en.language.nothingToLearn : words.skipped[reason];
    parts.push({ tone: "left", rows, name });
  }
  return parts;
}

/** Only classes are dealt out in equal shares. */
const splitWords = (problemType: ProblemType) =>
  problemType === "single_label_classification" ? words.split : en.kinds.split;
