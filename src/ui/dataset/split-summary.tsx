// Where the rows go, and what stands in the way of a run.
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";
import type { ReadyDataset } from "./inspected-data.tsx";
import { RowLedger } from "./row-ledger.tsx";
import styles from "./split-summary.module.css";

export function SplitSummary({ dataset }: { readonly dataset: ReadyDataset }) {
  const { inspection, inspecting } = dataset;
  if (inspection === null) return null;
  const { obstacle } = inspection;
  return (
    <div className={styles.summary}>
      <div aria-live="polite" aria-busy={inspecting}>
        <RowLedger inspection={inspection} />
        {inspecting ? <p className={styles.counting}>{en.data.counting}</p> : null}
      </div>
      {obstacle === null ? null : <ErrorNote error={obstacle} tone="warning" />}
    </div>
  );
}
