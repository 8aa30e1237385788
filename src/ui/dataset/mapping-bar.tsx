// Which columns are texts and label, and how the rows are split. Each change inspects the rows again.
import type { DatasetChoice, DatasetInfo } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { classNames } from "../parts/class-names.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import { ChoiceNumber } from "./choice-number.tsx";
import { ColumnsField } from "./columns-field.tsx";
import { EvaluationField, EvaluationRefusal } from "./evaluation-field.tsx";
import { LanguageFields, LanguageSwitches } from "./language-fields.tsx";
import styles from "./mapping-bar.module.css";
import { TargetFields } from "./target-fields.tsx";

const words = en.data;

interface MappingBarProps {
  readonly info: DatasetInfo;
  readonly choice: DatasetChoice;
}

export function MappingBar({ info, choice }: MappingBarProps) {
  const columns = info.columns.map(({ name }) => ({ value: name, label: name }));
  // Two columns are one text and its label: nothing can be joined or paired.
  const { language } = choice;
  const hasMore = columns.length > 2 || language !== null;
  return (
    <>
      <div className={classNames(styles.bar, hasMore && styles.wide)}>
        {language === null ? (
          <>
            <ColumnSelect
              name="text_column"
              label={words.textColumn}
              columns={columns}
              choice={choice}
            />
            {hasMore ? <Joined info={info} choice={choice} /> : null}
            {hasMore ? (
              <ColumnSelect
                name="text_pair_column"
                label={words.pairColumn}
                columns={[{ value: "", label: words.pairNone }, ...columns]}
                choice={choice}
              />
            ) : null}
            <TargetFields info={info} choice={choice} />
          </>
        ) : (
          <LanguageFields info={info} choice={choice} language={language} />
        )}
        <EvaluationField />
        {choice.evaluation === null ? (
          <ChoiceNumber
            name="eval_fraction"
            label={words.evalFraction}
            value={choice.eval_fraction}
            step={0.05}
            min={0.05}
            max={0.5}
          />
        ) : null}
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
      {language === null ? null : <LanguageSwitches language={language} />}
      <EvaluationRefusal />
    </>
  );
}

/** Further text columns that are joined behind the first one. */
function Joined({ info, choice }: MappingBarProps) {
  const { text_column, text_pair_column, label_column, more_label_columns } = choice;
  return (
    <ColumnsField
      name="join_columns"
      label={words.joinColumns}
      none={words.joinNone}
      another={words.joinMore}
      remove={words.unjoin}
      info={info}
      chosen={choice.join_columns}
      taken={[text_column, text_pair_column, label_column, ...more_label_columns]}
      onChange={(columns) => actions().changeChoice({ join_columns: columns })}
    />
  );
}

interface ColumnSelectProps {
  readonly name: "text_column" | "text_pair_column";
  readonly label: string;
  readonly columns: readonly { readonly value: string; readonly label: string }[];
  readonly choice: DatasetChoice;
}

function ColumnSelect({ name, label, columns, choice }: ColumnSelectProps) {
  return (
    <Field label={label} name={name} htmlFor={name}>
      <Select
        name={name}
        id={name}
        value={choice[name] ?? ""}
        onChange={(column) => actions().changeChoice({ [name]: column === "" ? null : column })}
        options={columns}
      />
    </Field>
  );
}
