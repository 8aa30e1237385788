// What runs the updates of a training run: captured on a GPU with AdamW, else step by step.
import * as tf from "@tensorflow/tfjs-core";
import type { CapturedSteps } from "../engine/capture/captured-steps.ts";
import type { TellCompiled } from "../engine/capture/compile.ts";
import { createDeviceUpdater } from "./device-update.ts";
import type { OptimizerRule, OptimizerState, Trainable } from "./optimizers/optimizer.ts";
import { type MicroBatch, type StepResult, trainStep, type UpdateOptions } from "./train-step.ts";

/** What all updates of a run have in common. */
export type UpdateSettings = Omit<UpdateOptions, "learningRate">;

/** The same rows in smaller micro-batches; null where they are as small as they can be. */
export type MakeSmaller = () => readonly MicroBatch[] | null;

export interface PrepareOptions {
  readonly makeSmaller?: MakeSmaller | undefined;
  /** Hears of the GPU programs that are compiled. */
  readonly tell?: TellCompiled | undefined;
}

export interface Updater {
  /** Updates that may be under way at once: the next may be asked for before the last has told its loss. */
  readonly depth: number;
  /** Why updates are not captured; null where they are, or where there is nothing to capture. */
  readonly reason: string | null;
  /**
   * Does what comes before the first update of these micro-batches and changes nothing: compiles, records and compares. The updates
   * do it themselves where it was not done. Undefined where there is nothing to prepare.
   */
  prepare?(batches: readonly MicroBatch[], options: PrepareOptions): Promise<void>;
  /**
   * Runs one update. See `trainStep`. Where a GPU has not enough memory, it asks for the same rows in smaller micro-batches; null
   * refuses.
   */
  step(
    batches: readonly MicroBatch[],
    learningRate: number,
    makeSmaller?: MakeSmaller,
  ): Promise<StepResult>;
  /** Milliseconds that the thread spent on the updates since the last call; undefined where it computes them itself. */
  takeIssueTime(): number | undefined;
  /** After it, the variables must not be used. */
  dispose(): void;
}

interface UpdaterParts {
  readonly trainable: Trainable;
  readonly rule: OptimizerRule;
  readonly state: OptimizerState;
  readonly settings: UpdateSettings;
  /** Of the running back end; undefined where it captures nothing. */
  readonly steps: CapturedSteps | undefined;
}

/** The updater that fits the back end and the optimiser. */
export function createUpdater({ trainable, rule, state, settings, steps }: UpdaterParts): Updater {
  if (steps !== undefined && rule.inPlace !== undefined) {
    return createDeviceUpdater({ steps, trainable, state, rule: rule.inPlace, settings });
  }
  const isGpu = tf.getBackend() === "webgpu";
  return {
    depth: 1,
    reason: isGpu ? "Only AdamW updates in place; this optimiser runs step by step." : null,
    step: (batches, learningRate) =>
      trainStep(trainable, rule, state, batches, { ...settings, learningRate }),
    takeIssueTime: () => undefined,
    dispose() {},
  };
}
