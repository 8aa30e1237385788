// Where a data set can come from: the user's file or the sample. Shown on the welcome page and on an empty data page.
import { ArrowRight } from "lucide-react";
import { type SampleName, sampleNames } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { DropZone } from "../parts/drop-zone.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./dataset-sources.module.css";

/** Endings that the reader takes. */
export const datasetEndings =
  ".csv,.tsv,.tab,.txt,.md,.xlsx,.xlsm,.json,.jsonl,.ndjson,.parquet,.zip";

const words = en.welcome;

export function DatasetSources() {
  return (
    <div className={styles.sources}>
      <DropZone
        name="dataset"
        accept={datasetEndings}
        onFiles={([file]) => file && actions().chooseDataset(file)}
        title={words.drop}
      >
        {words.or} <u>{words.choose}</u>
      </DropZone>
      {sampleNames.map((name) => (
        <SampleCard key={name} name={name} />
      ))}
    </div>
  );
}

function SampleCard({ name }: { readonly name: SampleName }) {
  const sample = words.samples[name];
  return (
    <button type="button" className={styles.sample} onClick={() => actions().chooseSample(name)}>
      <span className={styles.about}>
        <strong>{sample.name}</strong>
        <span>
          {sample.size} <Tag>{sample.task}</Tag>
        </span>
        <span className={styles.origin}>{sample.origin}</span>
      </span>
      <span className={styles.use}>
        {words.use}
        <ArrowRight aria-hidden="true" />
      </span>
    </button>
  );
}
