// A predicted file: how its rows came out, and its two downloads.
import { Download } from "lucide-react";
import type { ReactNode } from "react";
import { formatCount, formatFixed, formatNumber, formatPercent } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import type { FilePrediction, PredictedTable } from "../../state/prediction-store.ts";
import { Button } from "../parts/button.tsx";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import styles from "./file-panel.module.css";
import { SourceChoice } from "./source-choice.tsx";
import { summarize, summarizeLabelSets, summarizeNumbers } from "./summarize-file.ts";

const words = en.results.file;
const kinds = en.kinds.file;

interface PredictedFileProps {
  readonly prediction: FilePrediction & { readonly phase: "done" };
  /** Of the coverage panel: how many rows are at least this sure. */
  readonly threshold: number;
}

export function PredictedFile({ prediction, threshold }: PredictedFileProps) {
  const { table, textColumn, escaped } = prediction;
  return (
    <>
      <Summary prediction={prediction} threshold={threshold} />
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

function Summary({ prediction, threshold }: PredictedFileProps) {
  const { problemType } = prediction.table;
  switch (problemType) {
    case "single_label_classification":
      return <ClassSummary prediction={prediction} threshold={threshold} />;
    case "multi_label_classification":
      return <LabelSetSummary prediction={prediction} />;
    case "regression":
      return <NumberSummary prediction={prediction} />;
    default:
      return problemType satisfies never;
  }
}

type SummaryProps = Pick<PredictedFileProps, "prediction">;

const shareOf = (part: number, whole: number) =>
  formatPercent(whole === 0 ? null : part / whole, 1);

function ClassSummary({ prediction: { table, predictions }, threshold }: PredictedFileProps) {
  const { counts, empty, sure, known, agreeing } = summarize(
    predictions,
    table.labels.length,
    threshold,
  );
  const answered = table.rowCount - empty;
  return (
    <>
      <Facts table={table} empty={empty}>
        <p className={styles.told}>
          {words.above(shareOf(sure, answered), formatFixed(threshold, 2))}
        </p>
        {table.labelColumn === null || known === 0 ? null : (
          <p className={styles.told}>
            {words.agree(shareOf(agreeing, known), known, table.labelColumn)}
          </p>
        )}
      </Facts>
      <Counts labels={table.labels} counts={counts} name={words.classes} />
    </>
  );
}

function LabelSetSummary({ prediction: { table, predictions } }: SummaryProps) {
  const { counts, empty, known, agreeing } = summarizeLabelSets(predictions, table.labels.length);
  return (
    <>
      <Facts table={table} empty={empty}>
        {table.labelColumn === null || known === 0 ? null : (
          <p className={styles.told}>
            {kinds.exact(shareOf(agreeing, known), known, table.labelColumn)}
          </p>
        )}
      </Facts>
      <Counts labels={table.labels} counts={counts} name={kinds.labelRows} />
    </>
  );
}

function NumberSummary({ prediction: { table, predictions } }: SummaryProps) {
  const { targets, empty, known, rmse } = summarizeNumbers(predictions, table.labels.length);
  return (
    <>
      <Facts table={table} empty={empty}>
        {table.labelColumn === null || rmse === null ? null : (
          <p className={styles.told}>{kinds.rmse(formatNumber(rmse), known, table.labelColumn)}</p>
        )}
      </Facts>
      <ul className={styles.numbers} aria-label={kinds.numbers}>
        {targets.map(({ least, mean, most }, id) => (
          <li key={table.labels[id]}>
            <span title={table.labels[id]}>{table.labels[id]}</span>
            <span className="num">
              {kinds.range(formatNumber(least), formatNumber(mean), formatNumber(most))}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

interface FactsProps {
  readonly table: PredictedTable;
  /** Rows without a text. */
  readonly empty: number;
  readonly children: ReactNode;
}

function Facts({ table, empty, children }: FactsProps) {
  return (
    <div className={styles.facts}>
      <p>{words.done(table.rowCount - empty, table.name)}</p>
      {empty === 0 ? null : <p className={styles.told}>{words.empty(empty)}</p>}
      {children}
    </div>
  );
}

interface CountsProps {
  readonly labels: readonly string[];
  readonly counts: readonly number[];
  readonly name: string;
}

function Counts({ labels, counts, name }: CountsProps) {
  const largest = Math.max(...counts, 1);
  return (
    <ul className={styles.classes} aria-label={name}>
      {labels.map((label, id) => (
        <li key={label}>
          <span title={label}>{label}</span>
          <Meter share={(counts[id] ?? 0) / largest} tone="eval" />
          <span className="num">{formatCount(counts[id])}</span>
        </li>
      ))}
    </ul>
  );
}
