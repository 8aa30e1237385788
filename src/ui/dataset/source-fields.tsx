// What was taken out of the file where there was a choice: a file of a zip, a sheet, an encoding. A change reads it again.
import { type DatasetInfo, type ReadOptions, textEncodings } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import styles from "./source-fields.module.css";

const words = en.data;

export function SourceFields({ info }: { readonly info: DatasetInfo }) {
  const { entry, entries, sheet, sheets, encoding } = info;
  // Of a zip's file only its path is kept when another one is chosen: sheets and encoding are its own.
  const ofEntry = entry === null ? {} : { entry };
  const read = (options: ReadOptions) => actions().rereadDataset({ ...ofEntry, ...options });
  const isEncodingAsked = encoding !== null && encoding !== "utf-8";
  if (entries.length < 2 && sheets.length < 2 && !isEncodingAsked) return null;
  return (
    <div className={styles.fields}>
      {entry === null || entries.length < 2 ? null : (
        <SourceSelect
          name="entry"
          value={entry}
          options={entries.map((value) => ({ value, label: value }))}
          onChange={(value) => read({ entry: value })}
        />
      )}
      {sheet === null || sheets.length < 2 ? null : (
        <SourceSelect
          name="sheet"
          value={sheet}
          options={sheets.map((value) => ({ value, label: value }))}
          onChange={(value) => read({ sheet: value })}
        />
      )}
      {isEncodingAsked ? (
        <SourceSelect
          name="encoding"
          value={encoding}
          options={textEncodings.map((value) => ({ value, label: words.encodings[value] }))}
          onChange={(value) => read({ encoding: textEncodings.find((each) => each === value) })}
        />
      ) : null}
    </div>
  );
}

interface SourceSelectProps {
  readonly name: "entry" | "sheet" | "encoding";
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
}

function SourceSelect({ name, ...select }: SourceSelectProps) {
  return (
    <Field label={words.source[name]} name={name} htmlFor={name}>
      <Select name={name} id={name} {...select} />
    </Field>
  );
}
