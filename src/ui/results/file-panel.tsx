// Predicting a file: drop it, watch it, take it back with two more columns.
import type { ProblemType } from "../../config/problem-type.ts";
import { actions } from "../../state/actions.ts";
import { type FilePrediction, useFilePrediction } from "../../state/prediction-store.ts";
import type { Run } from "../../state/run-state.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { DropZone } from "../parts/drop-zone.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { Loading } from "../parts/loading.tsx";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import styles from "./file-panel.module.css";
import { PredictedFile } from "./predicted-file.tsx";
import { SourceChoice } from "./source-choice.tsx";

const words = en.results.file;

/** What the reader of data sets takes. */
const accept = ".csv,.tsv,.txt,.xlsx,.json,.jsonl,.parquet,.zip";

interface FilePanelProps {
  readonly run: Run;
  readonly problemType: ProblemType;
  readonly threshold: number;
}

export function FilePanel({ run, problemType, threshold }: FilePanelProps) {
  const all = useFilePrediction();
  const runId = run.record.id;
  const prediction: FilePrediction = ownerOf(all) === runId ? all : { phase: "none" };
  if (run.checkpoints.length === 0) {
    return (
      <Card title={words.title}>
        <p className={styles.told}>{words.noCheckpoint}</p>
      </Card>
    );
  }
  return (
    <Card
      title={words.title}
      aside={
        prediction.phase === "none" ? null : (
          <Button size="small" onClick={() => actions().closePrediction()}>
            {prediction.phase === "done" || prediction.phase === "failed"
              ? words.another
              : words.cancel}
          </Button>
        )
      }
    >
      <Content
        prediction={prediction}
        runId={runId}
        problemType={problemType}
        threshold={threshold}
      />
    </Card>
  );
}

function ownerOf(prediction: FilePrediction): string | null {
  if (prediction.phase === "none") return null;
  return "table" in prediction ? prediction.table.runId : prediction.runId;
}

interface ContentProps extends Omit<FilePanelProps, "run"> {
  readonly runId: string;
  readonly prediction: FilePrediction;
}

function Content({ prediction, runId, problemType, threshold }: ContentProps) {
  const help =
    problemType === "single_label_classification" ? words.help : en.kinds.file.help[problemType];
  switch (prediction.phase) {
    case "none":
      return (
        <DropZone
          size="small"
          name="prediction"
          accept={accept}
          title={words.drop}
          onFiles={([file]) => file !== undefined && actions().predictFile(runId, file)}
        >
          {words.or} <u>{words.choose}</u>. {help}
        </DropZone>
      );
    case "reading":
      return prediction.waitsFor === null ? (
        <Loading title={words.reading(prediction.name)} />
      ) : (
        <p className={styles.told}>{words.waiting(prediction.waitsFor)}</p>
      );
    case "choosing":
      return (
        <>
          <p className={styles.told}>{words.chooseColumn(prediction.table.name)}</p>
          <SourceChoice table={prediction.table} textColumn={null} />
        </>
      );
    case "predicting": {
      const { done, table, waitsFor } = prediction;
      return (
        <div className={styles.going} aria-busy={waitsFor === null}>
          <Meter share={table.rowCount === 0 ? 1 : done / table.rowCount} tone="train" />
          <p className={styles.told}>
            {waitsFor === null
              ? words.predicting(done, table.rowCount, table.name)
              : words.waiting(waitsFor)}
          </p>
        </div>
      );
    }
    case "done":
      return <PredictedFile prediction={prediction} threshold={threshold} />;
    case "failed":
      return <ErrorNote error={prediction.error} />;
    default:
      return prediction satisfies never;
  }
}
