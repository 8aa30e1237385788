// Which columns are text and label, and how the rows are split. Each change inspects the rows again.
import type { DatasetChoice, DatasetInfo } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import { ChoiceNumber } from "./choice-number.tsx";
import styles from "./mapping-bar.module.css";

const words = en.data;

interface MappingBarProps {
  readonly info: DatasetInfo;
  readonly choice: DatasetChoice;
}

export function MappingBar({ info, choice }: MappingBarProps) {
  return (
    <div className={styles.bar}>
      <ColumnSelect
        name="text_column"
        label={words.textColumn}
        columns={info.columns}
        value={choice.text_column}
      />
      <ColumnSelect
        name="label_column"
        label={words.labelColumn}
        columns={info.columns}
        value={choice.label_column}
      />
      <ChoiceNumber
        name="eval_fraction"
        label={words.evalFraction}
        value={choice.eval_fraction}
        step={0.05}
        min={0.05}
        max={0.5}
      />
      <ChoiceNumber
        name="split_seed"
        label={words.splitSeed}
        value={choice.split_seed}
        step={1}
        min={0}
      />
      <ChoiceNumber
        name="max_train_rows"
        label={words.maxTrainRows}
        value={choice.max_train_rows}
        step={100}
        min={1}
        placeholder={words.all}
      />
    </div>
  );
}

interface ColumnSelectProps {
  readonly name: "text_column" | "label_column";
  readonly label: string;
  readonly columns: DatasetInfo["columns"];
  readonly value: string;
}

function ColumnSelect({ name, label, columns, value }: ColumnSelectProps) {
  return (
    <Field label={label} name={name} htmlFor={name}>
      <Select
        name={name}
        id={name}
        value={value}
        onChange={(column) => actions().changeChoice({ [name]: column })}
        options={columns.map((column) => ({ value: column.name, label: column.name }))}
      />
    </Field>
  );
}
