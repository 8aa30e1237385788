// A run of a classifier or a regression, as the session takes it.
import type { RunRecord } from "../config/run-record.ts";
import { measureBaselines } from "../data/baselines.ts";
import type { PreparedDataset } from "../data/prepare-dataset.ts";
import type { RunningBackend } from "../engine/backend.ts";
import { StudioError } from "../lib/errors.ts";
import type { BaseModel } from "./base-model.ts";
import { classifierConfig } from "./checkpoint-files.ts";
import type { FeatureStore } from "./feature-cache.ts";
import { readChosen } from "./read-chosen.ts";
import { refuseTooLarge } from "./refuse-memory.ts";
import { measureResults } from "./results.ts";
import { createRunModel, type RunModel } from "./run-model.ts";
import type { RunTask, TrainedModel } from "./run-task.ts";

interface TaskParts {
  readonly record: RunRecord;
  readonly base: BaseModel;
  readonly backend: RunningBackend;
  readonly features: FeatureStore;
}

/** Reads the rows. @throws StudioError where a run cannot start with them. */
export async function classificationTask(parts: TaskParts): Promise<RunTask> {
  const { record, base, backend } = parts;
  const prepared = await readChosen(record.dataset);
  if (prepared.obstacle !== null) {
    const { message, hint } = prepared.obstacle;
    throw new StudioError(message, hint === undefined ? {} : { hint });
  }
  refuseTooLarge({ record, base, prepared, backend });
  return classificationTaskOf(parts, prepared);
}

/** The task of rows that are read already. */
export function classificationTaskOf(parts: TaskParts, prepared: PreparedDataset): RunTask {
  const { record, base } = parts;
  const models = new Map<TrainedModel, RunModel>();
  return {
    trainRows: prepared.train.length,
    evaluationRows: prepared.evaluation.length,
    config: classifierConfig(base, prepared.labels, record.dataset.problem_type),
    notes: [],
    async createModel(note, gate) {
      const model = await createRunModel({ ...parts, prepared, gate }, note);
      const trained = asTrained(model);
      models.set(trained, model);
      return trained;
    },
    baselines: () => measureBaselines(prepared),
    results: (trained, scored) => {
      const model = models.get(trained);
      if (model === undefined) throw new Error("The model is of another task.");
      return measureResults({ ...scored, model, prepared });
    },
  };
}

const asTrained = (model: RunModel): TrainedModel => ({
  ...model,
  parameters: model.classifier.parameters,
  async evaluate(nextTask, options) {
    const { loss, metrics, predicted } = await model.evaluate(nextTask, options);
    return { loss, metrics, rows: predicted.length };
  },
});
