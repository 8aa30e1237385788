// Arguments from a JSON file, and to a JSON file or a Python script.
import { useState } from "react";
import { exportArguments, importArguments } from "../../config/argument-files.ts";
import { type PythonTarget, pythonTargets } from "../../config/python-parts.ts";
import { exportPython } from "../../config/python-script.ts";
import type { TrainingArguments } from "../../config/training-arguments.ts";
import { type ErrorRecord, toErrorRecord } from "../../lib/errors.ts";
import { actions } from "../../state/actions.ts";
import { useDataset } from "../../state/dataset-store.ts";
import { setImported } from "../../state/form-store.ts";
import { useModel } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { FileButton } from "../parts/file-button.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import styles from "./argument-files.module.css";
import type { FormCheck } from "./use-form-check.ts";

const words = en.training.files;

export function ArgumentFiles({ check }: { readonly check: FormCheck }) {
  const [note, setNote] = useState<string | null>(null);
  const [error, setError] = useState<ErrorRecord | null>(null);
  const [target, setTarget] = useState<PythonTarget>("new");
  const model = useModel();
  const dataset = useDataset();
  const read = async (file: File) => {
    try {
      const imported = importArguments(await file.text());
      setImported(imported);
      setNote(words.imported(imported.given.length, file.name));
      setError(null);
    } catch (caught) {
      setNote(null);
      setError(toErrorRecord(caught));
    }
  };
  const save = (name: string, textOf: (args: TrainingArguments) => string) => {
    setNote(check.args === null ? words.unread : null);
    setError(null);
    if (check.args === null) return;
    try {
      actions().saveFile(name, new Blob([textOf(check.args)]));
    } catch (caught) {
      setError(toErrorRecord(caught));
    }
  };
  const script = (args: TrainingArguments) =>
    exportPython(
      {
        args,
        mode: check.form.mode,
        numTrainableLayers: Number(check.form.numTrainableLayers),
        model: model.id,
        modelType: model.status === "ready" ? model.summary.modelType : undefined,
        hasTokenizer: model.status !== "ready" || model.summary.hasTokenizer,
        isMeanPooled: model.status === "ready" && model.summary.pooling !== undefined,
        source: model.status === "ready" ? model.summary.hub : undefined,
        dataset: dataset.phase === "ready" ? dataset.choice : null,
        file: dataset.phase === "ready" ? dataset.info : null,
      },
      target,
    );
  return (
    <>
      <div className={styles.buttons}>
        <FileButton
          name="arguments"
          accept=".json"
          onFiles={(files) => void (files[0] === undefined ? undefined : read(files[0]))}
        >
          {words.import}
        </FileButton>
        <Button onClick={() => save("training_args.json", exportArguments)}>{words.json}</Button>
        <Button onClick={() => save("train.py", script)}>{words.python}</Button>
        <label className={styles.target} htmlFor="python-target">
          <span>{words.pythonFor}</span>
          <Select
            name="python_target"
            id="python-target"
            value={target}
            onChange={(next) => setTarget(pythonTargets.find((each) => each === next) ?? "new")}
            options={pythonTargets.map((each) => ({
              value: each,
              label: words.versions[each],
            }))}
          />
        </label>
      </div>
      {note === null ? null : (
        <p role="status" className={styles.note}>
          {note}
        </p>
      )}
      {error === null ? null : <ErrorNote error={error} />}
    </>
  );
}
