// What is predicted: one class, a set of labels, or numbers; and the columns that say it. The guess can be changed.
import { type DatasetChoice, type DatasetInfo, labelSeparators } from "../../config/dataset.ts";
import { guessProblem } from "../../config/guess-problem.ts";
import { actions } from "../../state/actions.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import { ColumnsField } from "./columns-field.tsx";
import { TaskField } from "./task-field.tsx";

const words = en.kinds;

interface TargetFieldsProps {
  readonly info: DatasetInfo;
  readonly choice: DatasetChoice;
}

export function TargetFields({ info, choice }: TargetFieldsProps) {
  const { problem_type, label_column, more_label_columns } = choice;
  const hasMore = problem_type !== "single_label_classification" && info.columns.length > 2;
  return (
    <>
      <Field label={en.data.labelColumn} name="label_column" htmlFor="label_column">
        <Select
          name="label_column"
          id="label_column"
          value={label_column}
          onChange={(column) => actions().changeChoice(withColumn(info, choice, column))}
          options={info.columns.map(({ name }) => ({ value: name, label: name }))}
        />
      </Field>
      <TaskField info={info} choice={choice} />
      {hasMore ? (
        <ColumnsField
          name="more_label_columns"
          label={words.moreTargets[problem_type]}
          none={words.moreNone}
          another={words.moreAnother}
          remove={words.unpick}
          info={info}
          chosen={more_label_columns}
          taken={[...textColumns(choice), label_column]}
          onChange={(columns) => actions().changeChoice({ more_label_columns: columns })}
        />
      ) : null}
      {isSeparated(info, choice) ? (
        <Field label={words.separator} name="label_separator" htmlFor="label_separator">
          <Select
            name="label_separator"
            id="label_separator"
            value={choice.label_separator}
            onChange={(mark) => {
              const chosen = labelSeparators.find((each) => each === mark);
              if (chosen !== undefined) actions().changeChoice({ label_separator: chosen });
            }}
            options={labelSeparators.map((mark) => ({
              value: mark,
              label: words.separators[mark],
            }))}
          />
        </Field>
      ) : null}
    </>
  );
}

const textColumns = ({ text_column, join_columns, text_pair_column }: DatasetChoice) => [
  text_column,
  ...join_columns,
  ...(text_pair_column === null ? [] : [text_pair_column]),
];

/** Another label column is guessed anew. */
function withColumn(
  info: DatasetInfo,
  choice: DatasetChoice,
  label_column: string,
): Partial<DatasetChoice> {
  return { label_column, ...guessProblem(info.columns, label_column, textColumns(choice)) };
}

/** Lists in brackets need no separator. */
function isSeparated(info: DatasetInfo, choice: DatasetChoice): boolean {
  const { problem_type, more_label_columns, label_column } = choice;
  if (problem_type !== "multi_label_classification" || more_label_columns.length > 0) return false;
  const column = info.columns.find(({ name }) => name === label_column);
  return !(column?.values === "lists" && column.separator === null);
}
