// A predicted file: how its rows came out, and its two downloads.
import { Download } from "lucide-react";
import { formatCount, formatFixed, formatPercent } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import type { FilePrediction } from "../../state/prediction-store.ts";
import { Button } from "../parts/button.tsx";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import styles from "./file-panel.module.css";
import { SourceChoice } from "./source-choice.tsx";
import { summarize } from "./summarize-file.ts";

const words = en.results.file;

interface PredictedFileProps {
  readonly prediction: FilePrediction & { readonly phase: "done" };
  /** Of the coverage panel: how many rows are at least this sure. */
  readonly threshold: number;
}

export function PredictedFile({ prediction, threshold }: PredictedFileProps) {
  const { table, predictions, textColumn, escaped } = prediction;
  const { counts, empty, sure, known, agreeing } = summarize(
    predictions,
    table.labels.length,
    threshold,
  );
  const answered = table.rowCount - empty;
  const largest = Math.max(...counts, 1);
  const shareOf = (part: number, whole: number) =>
    formatPercent(whole === 0 ? null : part / whole, 1);
  return (
    <>
      <div className={styles.facts}>
        <p>{words.done(answered, table.name)}</p>
        {empty === 0 ? null : <p className={styles.told}>{words.empty(empty)}</p>}
        <p className={styles.told}>
          {words.above(shareOf(sure, answered), formatFixed(threshold, 2))}
        </p>
        {table.labelColumn === null || known === 0 ? null : (
          <p className={styles.told}>
            {words.agree(shareOf(agreeing, known), known, table.labelColumn)}
          </p>
        )}
      </div>
      <ul className={styles.classes} aria-label={words.classes}>
        {table.labels.map((label, id) => (
          <li key={label}>
            <span title={label}>{label}</span>
            <Meter share={(counts[id] ?? 0) / largest} tone="eval" />
            <span className="num">{formatCount(counts[id])}</span>
          </li>
        ))}
      </ul>
      <SourceChoice table={table} textColumn={textColumn} />
      <div className={styles.buttons}>
        <Button onClick={() => actions().savePrediction("csv")}>
          <Download aria-hidden="true" />
          {words.csv}
        </Button>
        <Button onClick={() => actions().savePrediction("xlsx")}>
          <Download aria-hidden="true" />
          {words.xlsx}
        </Button>
      </div>
      {escaped === null || escaped === 0 ? null : (
        <p className={styles.told}>{words.escaped(escaped)}</p>
      )}
    </>
  );
}
