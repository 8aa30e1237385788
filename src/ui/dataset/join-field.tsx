// Further text columns that are joined behind the first one.
import { X } from "lucide-react";
import type { DatasetChoice, DatasetInfo } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import styles from "./join-field.module.css";

const words = en.data;

interface JoinFieldProps {
  readonly info: DatasetInfo;
  readonly choice: DatasetChoice;
}

export function JoinField({ info, choice }: JoinFieldProps) {
  const { join_columns: joined, text_column, text_pair_column, label_column } = choice;
  const taken = [...joined, text_column, text_pair_column, label_column];
  const free = info.columns.filter(({ name }) => !taken.includes(name));
  const change = (columns: string[]) => actions().changeChoice({ join_columns: columns });
  return (
    <Field label={words.joinColumns} name="join_columns" htmlFor="join_columns">
      <Select
        name="join_columns"
        id="join_columns"
        value=""
        disabled={free.length === 0}
        onChange={(column) => column !== "" && change([...joined, column])}
        options={[
          { value: "", label: joined.length === 0 ? words.joinNone : words.joinMore },
          ...free.map(({ name }) => ({ value: name, label: name })),
        ]}
      />
      {joined.length === 0 ? null : (
        <ul className={styles.joined}>
          {joined.map((column) => (
            <li key={column}>
              <button
                type="button"
                aria-label={words.unjoin(column)}
                onClick={() => change(joined.filter((each) => each !== column))}
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
