// The data set: its file while it is read, what was wrong with it, or its rows, columns, split, classes and lengths.

import { mayBeProse } from "../../config/dataset.ts";
import { formatBytes, formatPercent } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { type Dataset, useDataset } from "../../state/dataset-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { FileButton } from "../parts/file-button.tsx";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import { DatasetSources, datasetEndings } from "../welcome/dataset-sources.tsx";
import styles from "./data-page.module.css";
import { InspectedData } from "./inspected-data.tsx";

const words = en.data;

export function DataPage() {
  const dataset = useDataset();
  switch (dataset.phase) {
    case "none":
      return <NoData />;
    case "reading":
      return <Reading dataset={dataset} />;
    case "failed":
      return <Refused dataset={dataset} />;
    case "ready":
      return <InspectedData key={dataset.info.id} dataset={dataset} />;
    default:
      return dataset satisfies never;
  }
}

function NoData() {
  return (
    <div className={styles.narrow}>
      <h1>{words.none}</h1>
      <p className="muted">{words.noneWords}</p>
      <DatasetSources />
    </div>
  );
}

function Reading({ dataset }: { readonly dataset: Extract<Dataset, { phase: "reading" }> }) {
  const { name, bytes, share } = dataset;
  return (
    <div className={styles.narrow}>
      <h1>{words.reading(name)}</h1>
      <Card>
        <div
          role="progressbar"
          aria-label={words.reading(name)}
          aria-valuenow={Math.round(share * 100)}
        >
          <Meter share={share} tone="train" />
        </div>
        <p className={styles.share}>
          {words.readingShare(formatPercent(share), formatBytes(bytes))}
        </p>
      </Card>
    </div>
  );
}

function Refused({ dataset }: { readonly dataset: Extract<Dataset, { phase: "failed" }> }) {
  return (
    <div className={styles.narrow}>
      <h1>{words.failed(dataset.name)}</h1>
      <ErrorNote error={dataset.error} />
      <div className={styles.ways}>
        <FileButton
          name="dataset"
          accept={datasetEndings}
          onFiles={([file]) => file && actions().chooseDataset(file)}
        >
          {words.chooseAnother}
        </FileButton>
        {mayBeProse(dataset.name) ? (
          <Button onClick={() => actions().rereadDataset({ reading: "text" })}>
            {words.readAsText}
          </Button>
        ) : null}
        <Button variant="quiet" onClick={() => actions().chooseSample("sentiment")}>
          {words.useSample}
        </Button>
      </div>
    </div>
  );
}
