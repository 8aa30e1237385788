// The split in one sentence, what stands in the way of a run, and the rows that cannot be used as they are.
import type { DatasetInspection, RowProblem } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { ErrorNote } from "../parts/error-note.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { en } from "../text/en.ts";
import type { ReadyDataset } from "./inspected-data.tsx";
import styles from "./split-summary.module.css";

const words = en.data;

/** Rows listed by line; more would be a second table. */
const listedProblems = 100;

interface SplitSummaryProps {
  readonly dataset: ReadyDataset;
  /** Shows a row in the table. */
  readonly onRow: (row: number) => void;
}

export function SplitSummary({ dataset, onRow }: SplitSummaryProps) {
  const { inspection, inspecting, choice } = dataset;
  if (inspection === null) return null;
  const { problems, obstacle } = inspection;
  return (
    <div className={styles.summary}>
      <p className={styles.split} aria-live="polite">
        {describeSplit(inspection)}
        {inspecting ? <span className={styles.counting}>{words.counting}</span> : null}
      </p>
      {obstacle === null ? null : (
        <div className={styles.obstacle}>
          <ErrorNote error={obstacle} tone="warning" />
        </div>
      )}
      {problems.length === 0 ? null : (
        <Problems problems={problems} isSkipped={choice.skip_empty} onRow={onRow} />
      )}
    </div>
  );
}

function describeSplit(inspection: DatasetInspection): string {
  const { trainRows, evaluationRows, rowCount, problems, choice } = inspection;
  const unused = rowCount - trainRows - evaluationRows - problems.length;
  const sentence = words.split(trainRows, evaluationRows, choice.split_seed);
  return unused > 0 ? `${sentence} ${words.splitUnused(unused)}` : sentence;
}

interface ProblemsProps {
  readonly problems: readonly RowProblem[];
  readonly isSkipped: boolean;
  readonly onRow: (row: number) => void;
}

function Problems({ problems, isSkipped, onRow }: ProblemsProps) {
  const others = problems.length - listedProblems;
  return (
    <div className={styles.problems}>
      <Toggle
        name="skip_empty"
        checked={isSkipped}
        onChange={(skip_empty) => actions().changeChoice({ skip_empty })}
        label={words.skipEmpty}
        hfName="skip_empty"
      />
      <details className={styles.details}>
        <summary className={isSkipped ? styles.skipped : styles.attention}>
          {isSkipped ? words.leftOut(problems.length) : words.attention(problems.length)}
        </summary>
        <ul className={styles.list}>
          {problems.slice(0, listedProblems).map(({ row, line, reason }) => (
            <li key={row}>
              <button type="button" className="link" onClick={() => onRow(row)}>
                {words.line(line)}
              </button>
              : {words.reasons[reason]}
            </li>
          ))}
          {others > 0 ? <li>{words.moreProblems(others)}</li> : null}
        </ul>
      </details>
    </div>
  );
}
