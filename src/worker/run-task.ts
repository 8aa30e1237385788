// What a run is about, as the session needs it: rows, a model with its loss, and what the results are. A classifier is one, a
// language model is the other.
import type { EvaluationRows } from "../config/evaluation-rows.ts";
import type { Baselines, RunResults, TrainLogRow } from "../config/events.ts";
import type { TokenBatch } from "../data/collate.ts";
import type { LanguageBatch } from "../data/collate-language.ts";
import type { CapturedSteps } from "../engine/capture/captured-steps.ts";
import type { Metrics } from "../trainer/metrics.ts";
import type { ModelProducts } from "../trainer/operations.ts";
import type { Trainable } from "../trainer/optimizers/optimizer.ts";
import type { MicroBatch, UpdateOptions } from "../trainer/train-step.ts";

/** Micro-batches of one update. */
interface UpdateBatches {
  readonly microBatches: MicroBatch[];
  /** The tokens of each of them; a language model's with what they should predict. */
  readonly tokenBatches: readonly (Omit<TokenBatch, "labels"> | Omit<LanguageBatch, "rows">)[];
  readonly flos: number;
  /** Input tokens, counted as `include_num_input_tokens_seen` says. */
  readonly tokens: number;
}

export type UpdateParts = Pick<UpdateBatches, "microBatches" | "tokenBatches">;

/** A model in training. */
export interface TrainedModel {
  /** Every parameter: what a checkpoint holds. */
  readonly parameters: Trainable;
  readonly trainable: Trainable;
  readonly objective: UpdateOptions["objective"];
  /** On webgpu: what replays training steps; undefined where each is computed anew. */
  readonly steps: CapturedSteps | undefined;
  /** What its speed is judged by. */
  readonly products: ModelProducts;
  readonly trainableCount: number;
  readonly parameterCount: number;
  /** Tokens of each row that batches are made of. */
  readonly trainLengths: readonly number[];
  /** Micro-batches of the update after `step` updates, from row indices. Without `step` nothing is dropped out. */
  trainBatches(batches: readonly (readonly number[])[], step?: number): UpdateBatches;
  /** Called after each update with its batches and its right guesses, where the update tells them. */
  afterUpdate?(update: UpdateParts, hits: number | undefined): Promise<void>;
  /** What a log row says besides the loss, over the updates since the last one. */
  logFigures?(): Partial<TrainLogRow>;
  /** Scores the held-out rows; without those of a short last batch where the arguments drop it. */
  evaluate(
    nextTask: () => Promise<void>,
    options?: { dropLast: boolean },
  ): Promise<{ loss: number; metrics: Metrics; rows: number }>;
  /** Puts a checkpoint's weights in. */
  assign(weights: ReadonlyMap<string, Float32Array>): void;
  /** Frees the tensors. */
  dispose(): void;
}

/** Where the results come from. */
interface Scored {
  /** Checkpoint whose weights are scored, or null for weights that were not saved. */
  readonly checkpoint: string | null;
  readonly step: number;
  readonly nextTask: () => Promise<void>;
}

export interface RunTask {
  /** Rows that batches are made of: packed ones where texts are packed. */
  readonly trainRows: number;
  readonly evaluationRows: number;
  /** config.json of the checkpoints. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What the user should know before the run begins. */
  readonly notes: readonly string[];
  createModel(note: (text: string) => void, gate: { pass(): Promise<void> }): Promise<TrainedModel>;
  /** Simpler means on the same split, or null where there are none. */
  baselines(): Baselines | null;
  /** The figures of the Results page, and the rows behind them where there are some. */
  results(
    model: TrainedModel,
    scored: Scored,
  ): Promise<{ results: RunResults; rows: EvaluationRows | null }>;
}
