// What the file is and how it was read, in one line under its name.
import { type DatasetInfo, unitOf } from "../../config/dataset.ts";
import { formatBytes } from "../../lib/format.ts";
import { en } from "../text/en.ts";
import styles from "./source-facts.module.css";

const words = en.data;

export function SourceFacts({ info }: { readonly info: DatasetInfo }) {
  const { encoding, isEncodingGuessed } = info;
  return (
    <p className={styles.facts}>
      {listFacts(info).join(" · ")}
      {encoding !== null && isEncodingGuessed ? (
        <span className={styles.guess}>{words.facts.guessed(words.encodings[encoding])}</span>
      ) : null}
    </p>
  );
}

function listFacts(info: DatasetInfo): string[] {
  const { facts } = words;
  const { format, delimiter, encoding, isEncodingGuessed, sheet, sheets, entry, blankLines } = info;
  const unit = unitOf(info);
  const kind = words.formats[format];
  const isTable = delimiter !== null || format === "xlsx";
  const list = [
    facts.rows(info.rowCount),
    delimiter === null || format === "tsv"
      ? kind
      : facts.separated(kind, words.delimiters[delimiter] ?? delimiter),
  ];
  if (entry !== null) list.push(facts.entry(entry));
  if (sheet !== null && sheets.length > 1) list.push(facts.sheet(sheet));
  if (encoding !== null && !isEncodingGuessed) list.push(words.encodings[encoding]);
  if (isTable) list.push(info.hasHeader ? facts.header(info.headerLine, unit) : facts.noHeader);
  if (blankLines > 0) list.push(facts.blank(blankLines, unit));
  list.push(formatBytes(info.bytes));
  return list;
}
