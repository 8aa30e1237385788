// The record of one run: all that is needed to start it again. Written once, before the run starts; afterwards only its name may change.
import { z } from "zod";
import { datasetChoiceSchema } from "./dataset.ts";
import { hubSourceSchema } from "./hub.ts";
import { pinsSchema } from "./pins.ts";
import { trainingArgumentsSchema } from "./training-arguments.ts";

/**
 * What is trained: a new head on frozen weights; the last transformer layers and the head; everything; or everything from
 * random weights.
 */
export const trainingModes = ["head", "last", "full", "scratch"] as const;
export type TrainingMode = (typeof trainingModes)[number];

/** True where a mode adjusts the word embeddings too. */
export const trainsEmbeddings = (mode: TrainingMode): boolean =>
  mode === "full" || mode === "scratch";

/** Back ends a user can ask for; with a hardware adapter `auto` takes what is faster for a run, else WebAssembly. */
export const backendChoices = ["auto", "webgpu", "wasm", "cpu"] as const;
export type BackendChoice = (typeof backendChoices)[number];

/** What else a start of a back end is told. */
export interface BackendOptions {
  /** Threads of WebAssembly; without it one a core is taken. */
  readonly threads?: number | undefined;
  /** `auto` takes a software adapter too: for tests. */
  readonly acceptSoftware?: boolean;
  /** What `auto` takes first, and why. */
  readonly found?: FoundBackend | null;
}

/** A back end that was found to be the better one, and the sentence that says why. */
export interface FoundBackend {
  readonly backend: "webgpu" | "wasm";
  readonly reason: string;
}

export const runRecordSchema = z.object({
  version: z.literal(1),
  /** Random UUID. */
  id: z.string(),
  name: z.string(),
  /** ISO 8601. */
  created_at: z.string(),
  mode: z.enum(trainingModes),
  /** How many transformer layers, counted from the last, the mode "last" trains; absent in other modes. */
  num_trainable_layers: z.int().positive().optional(),
  /** Id of an embedded or stored base model. */
  model_name_or_path: z.string(),
  /** Where on the Hub that model came from; absent for every other model. */
  model_source: hubSourceSchema.optional(),
  dataset: datasetChoiceSchema,
  backend: z.enum(backendChoices),
  /** Id that the three runs of one comparison share: scratch, head and everything on the same rows. */
  comparison: z.string().nullable().default(null),
  arguments: trainingArgumentsSchema,
  /** Path of the checkpoint, of another run or of the Trainer, that the run continues from. */
  continued_from: z.string().nullable().default(null),
});
export type RunRecord = z.output<typeof runRecordSchema>;

/** Where a stored run stands. Kept beside the record and rewritten as the run goes on. */
export const runStatusSchema = z.object({
  version: z.literal(1),
  /** `running` with a free lock and a stale heartbeat means interrupted. */
  phase: z.enum(["running", "completed", "stopped", "failed"]),
  step: z.number(),
  max_steps: z.number(),
  /** Milliseconds since 1970 of the last sign of life. */
  heartbeat: z.number(),
  error: z.object({ message: z.string(), hint: z.string().optional() }).nullable(),
  /** What the last session computed on; null in runs of an older studio. */
  pins: pinsSchema.nullable().default(null),
});
export type RunStatus = z.output<typeof runStatusSchema>;
