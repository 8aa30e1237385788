// Further columns behind a first one: a list that grows by a drop-down and shrinks by a press.
import { X } from "lucide-react";
import type { DatasetInfo } from "../../config/dataset.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import styles from "./columns-field.module.css";

interface ColumnsFieldProps {
  readonly name: string;
  readonly label: string;
  /** What the drop-down says with no column and with some. */
  readonly none: string;
  readonly another: string;
  /** Name of the button that takes a column out. */
  readonly remove: (column: string) => string;
  readonly info: DatasetInfo;
  readonly chosen: readonly string[];
  /** Columns that have another use. */
  readonly taken: readonly (string | null)[];
  readonly onChange: (columns: string[]) => void;
}

export function ColumnsField(props: ColumnsFieldProps) {
  const { name, label, info, chosen, taken, onChange } = props;
  const free = info.columns.filter(
    (column) => !taken.includes(column.name) && !chosen.includes(column.name),
  );
  return (
    <Field label={label} name={name} htmlFor={name}>
      <Select
        name={name}
        id={name}
        value=""
        disabled={free.length === 0}
        onChange={(column) => column !== "" && onChange([...chosen, column])}
        options={[
          { value: "", label: chosen.length === 0 ? props.none : props.another },
          ...free.map((column) => ({ value: column.name, label: column.name })),
        ]}
      />
      {chosen.length === 0 ? null : (
        <ul className={styles.chosen}>
          {chosen.map((column) => (
            <li key={column}>
              <button
                type="button"
                aria-label={props.remove(column)}
                onClick={() => onChange(chosen.filter((each) => each !== column))}
              >
                <span>{column}</span>
                <X aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </Field>
  );
}
