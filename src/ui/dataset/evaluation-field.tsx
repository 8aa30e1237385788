// A file of its own to evaluate on, in place of a share of the rows.
import { X } from "lucide-react";
import { formatPercent } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useEvaluationFile } from "../../state/dataset-store.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { FileButton } from "../parts/file-button.tsx";
import { en } from "../text/en.ts";
import { datasetEndings } from "../welcome/dataset-sources.tsx";
import styles from "./evaluation-field.module.css";

const words = en.data.evaluationFile;

export function EvaluationField() {
  const file = useEvaluationFile();
  return (
    <div className={styles.field}>
      <p className={styles.label}>
        {words.label}
        <code>evaluation</code>
      </p>
      {file.phase === "ready" ? (
        <p className={styles.chosen}>
          <span title={file.info.name}>{file.info.name}</span>
          <Button
            variant="quiet"
            size="small"
            aria-label={words.drop}
            title={words.drop}
            onClick={() => actions().dropEvaluationFile()}
          >
            <X aria-hidden="true" />
          </Button>
        </p>
      ) : (
        <FileButton
          name="evaluation_dataset"
          accept={datasetEndings}
          onFiles={([chosen]) => chosen && actions().chooseEvaluationFile(chosen)}
        >
          {file.phase === "reading"
            ? words.reading(file.name, formatPercent(file.share))
            : words.choose}
        </FileButton>
      )}
    </div>
  );
}

/** Why the evaluation file was refused; the split goes on without it. */
export function EvaluationRefusal() {
  const file = useEvaluationFile();
  if (file.phase !== "failed") return null;
  const { message, hint } = file.error;
  return (
    <div className={styles.refusal}>
      <ErrorNote
        error={{ message: `${words.refused(file.name)} ${message}`, hint }}
        tone="warning"
        action={
          <Button size="small" onClick={() => actions().dropEvaluationFile()}>
            {words.close}
          </Button>
        }
      />
    </div>
  );
}
