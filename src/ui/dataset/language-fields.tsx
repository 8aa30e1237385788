// How the rows of a table become texts for a language model, and what of them is learned.
import type { DatasetChoice, DatasetInfo } from "../../config/dataset.ts";
import {
  hasPrompt,
  isChat,
  type LanguageChoice,
  languageColumns,
  languageFormats,
  withFormat,
} from "../../config/language-data.ts";
import { actions } from "../../state/actions.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { en } from "../text/en.ts";
import styles from "./language-fields.module.css";
import { TaskField } from "./task-field.tsx";

const words = en.language;

interface LanguageFieldsProps {
  readonly info: DatasetInfo;
  readonly choice: DatasetChoice;
  readonly language: LanguageChoice;
}

const change = (language: LanguageChoice) => actions().changeChoice({ language });

export function LanguageFields({ info, choice, language }: LanguageFieldsProps) {
  const names = info.columns.map(({ name }) => name);
  const { needed, optional } = languageColumns[language.format];
  return (
    <>
      <TaskField info={info} choice={choice} />
      <Field label={words.format} name="language_format" htmlFor="language_format">
        <Select
          name="language_format"
          id="language_format"
          value={language.format}
          onChange={(value) => {
            const format = languageFormats.find((each) => each === value);
            if (format !== undefined) change(withFormat(language, format, names));
          }}
          options={languageFormats.map((format) => ({
            value: format,
            label: words.formats[format],
          }))}
        />
      </Field>
      {[...needed, ...optional].map((role) => (
        <Field key={role} label={words.roles[role] ?? role} name={role} htmlFor={role}>
          <Select
            name={role}
            id={role}
            value={language.columns[role] ?? ""}
            onChange={(column) =>
              change({ ...language, columns: { ...language.columns, [role]: column } })
            }
            options={[
              ...(optional.includes(role) ? [{ value: "", label: words.none }] : []),
              ...names.map((name) => ({ value: name, label: name })),
            ]}
          />
        </Field>
      ))}
    </>
  );
}

/** The switches below the columns. */
export function LanguageSwitches({ language }: { readonly language: LanguageChoice }) {
  return (
    <div className={styles.switches}>
      {hasPrompt(language.format) ? (
        <Toggle
          name="completion_only_loss"
          hfName="completion_only_loss"
          label={words.completionOnly}
          checked={language.completion_only_loss}
          onChange={(completion_only_loss) => change({ ...language, completion_only_loss })}
        />
      ) : null}
      {language.format === "reasoning" ? (
        <Toggle
          name="direct_answers"
          label={words.directAnswers}
          checked={language.direct_answers}
          onChange={(direct_answers) => change({ ...language, direct_answers })}
        />
      ) : null}
      {isChat(language.format) ? (
        <Toggle
          name="assistant_only_loss"
          hfName="assistant_only_loss"
          label={words.assistantOnly}
          checked={language.assistant_only_loss}
          onChange={(assistant_only_loss) => change({ ...language, assistant_only_loss })}
        />
      ) : null}
      <Toggle
        name="packing"
        hfName="packing"
        label={words.packing}
        checked={language.packing}
        onChange={(packing) => change({ ...language, packing })}
      />
    </div>
  );
}
