// The form, read and checked against data and model: what each field means, and what is wrong with it.

import { useMemo } from "react";
import { taskOf } from "../../config/problem-type.ts";
import { trainsEmbeddings } from "../../config/run-record.ts";
import type { ArgumentName, TrainingArguments } from "../../config/training-arguments.ts";
import { validateArguments } from "../../config/validate-arguments.ts";
import { useDataset, useLengthFigures } from "../../state/dataset-store.ts";
import { useForm } from "../../state/form-store.ts";
import { useQueue } from "../../state/queue-store.ts";
import { useStoredRuns } from "../../state/run-store.ts";
import { useModel } from "../../state/studio-store.ts";
import { isLayerCount, readDraft, type TrainingForm } from "../../state/training-form.ts";
import { en } from "../text/en.ts";

export interface FormCheck {
  readonly form: TrainingForm;
  /** The arguments, or null while a field cannot be read. */
  readonly args: TrainingArguments | null;
  /** What is wrong, by argument. */
  readonly problems: Readonly<Partial<Record<ArgumentName, string>>>;
  readonly trainRows: number;
  /** The rows are read, and no row has a token to learn. */
  readonly learnsNothing: boolean;
  /** What is wrong with the number of trained layers, or null. */
  readonly layersProblem: string | null;
}

/** Reads the form whenever it, the data set, the model or the stored runs change. */
export function useFormCheck(): FormCheck {
  const form = useForm();
  const dataset = useDataset();
  const model = useModel();
  const stored = useStoredRuns();
  const queue = useQueue();
  const inspection = dataset.phase === "ready" ? dataset.inspection : null;
  const packedRows = useLengthFigures()?.language?.packedRows;
  return useMemo(() => {
    const trainRows = packedRows ?? inspection?.trainRows ?? 0;
    const learnsNothing = packedRows === 0;
    const layers =
      model.status === "ready" ? model.summary.layers.length : Number.POSITIVE_INFINITY;
    const isWrong = form.mode === "last" && !isLayerCount(form.numTrainableLayers, layers);
    const layersProblem = isWrong ? en.training.trainedLayers.limits(layers) : null;
    const draft = readDraft(form.draft);
    const read = { form, trainRows, learnsNothing, layersProblem };
    if (!draft.ok) return { ...read, args: null, problems: draft.problems };
    const found = validateArguments(draft.args, {
      trainRows,
      evaluationRows: inspection?.evaluationRows ?? 1,
      takenFolders: [...stored, ...queue].map(({ record }) => record.arguments.output_dir),
      trainsEmbeddings: trainsEmbeddings(form.mode),
      task: inspection === null ? "single_label_classification" : taskOf(inspection.choice),
      modelMaxLength: model.status === "ready" ? model.summary.maxLength : Number.POSITIVE_INFINITY,
    });
    const problems = Object.fromEntries(
      found.map(({ argument, message, hint }) => [argument, `${message} ${hint}`]),
    );
    return { ...read, args: draft.args, problems };
  }, [form, inspection, packedRows, model, stored, queue]);
}
