// How the file was read where there was a choice: a file of a zip, a sheet, as a table or plain text, an encoding. A change reads it
// again.
import {
  type DatasetInfo,
  type ReadOptions,
  readingOf,
  textEncodings,
  textReadings,
} from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import styles from "./source-fields.module.css";

const words = en.data;

export function SourceFields({ info }: { readonly info: DatasetInfo }) {
  const { entry, entries, sheet, sheets, encoding } = info;
  const reading = readingOf(info);
  const isEncodingAsked = encoding !== null && encoding !== "utf-8";
  const kept: ReadOptions = {
    ...(entry === null ? {} : { entry }),
    ...(isEncodingAsked ? { encoding } : {}),
    ...(reading === null ? {} : { reading }),
  };
  const read = (options: ReadOptions) => actions().rereadDataset({ ...kept, ...options });
  if (entries.length < 2 && sheets.length < 2 && reading === null && !isEncodingAsked) return null;
  return (
    <div className={styles.fields}>
      {entry === null || entries.length < 2 ? null : (
        <SourceSelect
          name="entry"
          value={entry}
          options={entries.map((value) => ({ value, label: value }))}
          // Sheets, encoding and reading are a file's own.
          onChange={(value) => actions().rereadDataset({ entry: value })}
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
      {reading === null ? null : (
        <SourceSelect
          name="reading"
          value={reading}
          options={textReadings.map((value) => ({ value, label: words.readings[value] }))}
          onChange={(value) => read({ reading: textReadings.find((each) => each === value) })}
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
  readonly name: "entry" | "sheet" | "reading" | "encoding";
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
