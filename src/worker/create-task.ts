// What a run's record is about, with its rows read: a classifier's task or a language model's.
import type { RunRecord } from "../config/run-record.ts";
import type { RenderChats } from "../data/chat-template.ts";
import type { RunningBackend } from "../engine/backend.ts";
import type { BaseModel } from "./base-model.ts";
import { classificationTask } from "./classification-task.ts";
import type { FeatureStore } from "./feature-cache.ts";
import { encodeLanguage, fitLanguage } from "./language-data.ts";
import { languageTask } from "./language-task.ts";
import { createGate } from "./macrotask.ts";
import type { RunTask } from "./run-task.ts";

export interface TaskParts {
  readonly record: RunRecord;
  readonly base: BaseModel;
  readonly backend: RunningBackend;
  readonly features: FeatureStore;
  /** Renders chat templates. */
  readonly render: RenderChats;
}

/** Reads the rows of a run. @throws StudioError where it cannot start with them. */
export async function createTask(parts: TaskParts): Promise<RunTask> {
  const { record, base, render } = parts;
  const { dataset } = record;
  if (dataset.language === null) return classificationTask(parts);
  const encoded = await encodeLanguage({
    ...{ choice: dataset, language: dataset.language, base, render },
    gate: createGate(),
  });
  const data = fitLanguage(encoded, record.arguments.max_length);
  return languageTask({ ...parts, data });
}
