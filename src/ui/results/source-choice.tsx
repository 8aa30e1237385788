// Where the texts of a file to predict stand: its sheet, where it has several, and the column.
import { useId } from "react";
import { actions } from "../../state/actions.ts";
import type { PredictedTable } from "../../state/prediction-store.ts";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import styles from "./file-panel.module.css";

const words = en.results.file;

interface SourceChoiceProps {
  readonly table: PredictedTable;
  /** Null before one is chosen. */
  readonly textColumn: string | null;
}

export function SourceChoice({ table, textColumn }: SourceChoiceProps) {
  const id = useId();
  const { sheet, sheets, columns } = table;
  const toOption = (value: string) => ({ value, label: value });
  const unchosen = textColumn === null ? [{ value: "", label: words.pick }] : [];
  return (
    <div className={styles.choices}>
      {sheet === null || sheets.length < 2 ? null : (
        <label htmlFor={`${id}-sheet`}>
          {words.sheet}
          <Select
            name="prediction_sheet"
            id={`${id}-sheet`}
            value={sheet}
            options={sheets.map(toOption)}
            onChange={(chosen) => actions().choosePredictionSheet(chosen)}
          />
        </label>
      )}
      <label htmlFor={`${id}-column`}>
        {words.textColumn}
        <Select
          name="prediction_column"
          id={`${id}-column`}
          value={textColumn ?? ""}
          options={[...unchosen, ...columns.map(toOption)]}
          onChange={(chosen) => chosen !== "" && actions().choosePredictionColumn(chosen)}
        />
      </label>
    </div>
  );
}
