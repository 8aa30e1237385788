// trainer_state.json, as transformers 5.18 writes it: keys sorted, two spaces.
import { z } from "zod";
import type { LogRow } from "../config/events.ts";
import type { StepPlan } from "../config/step-arithmetic.ts";
import type { TrainingArguments } from "../config/training-arguments.ts";

/** What the file says besides the arguments. */
export interface TrainerStateFacts {
  readonly best_global_step: number | null;
  readonly best_metric: number | null;
  readonly best_model_checkpoint: string | null;
  readonly epoch: number;
  readonly global_step: number;
  readonly log_history: readonly LogRow[];
  readonly num_input_tokens_seen: number;
  readonly early_stopping_patience_counter: number;
  readonly total_flos: number;
}

/** The file's text. */
export function serializeTrainerState(
  facts: TrainerStateFacts,
  args: TrainingArguments,
  plan: StepPlan,
): string {
  const { early_stopping_patience_counter: _, ...written } = facts;
  const state = {
    ...written,
    // 500 stands where no step decides it, as in the Trainer.
    eval_steps:
      args.evaluation_strategy === "steps" || args.eval_steps !== null ? plan.evalSteps : 500,
    is_hyper_param_search: false,
    is_local_process_zero: true,
    is_world_process_zero: true,
    logging_steps: plan.loggingSteps,
    max_steps: plan.maxSteps,
    num_train_epochs: plan.epochs,
    save_steps: plan.saveSteps,
    stateful_callbacks: {
      ...earlyStopping(args, facts.early_stopping_patience_counter),
      TrainerControl: {
        args: {
          should_epoch_stop: false,
          should_evaluate: false,
          should_log: false,
          should_save: true,
          should_training_stop: facts.global_step >= plan.maxSteps,
        },
        attributes: {},
      },
    },
    train_batch_size: args.per_device_train_batch_size,
    trial_name: null,
    trial_params: null,
  };
  return `${JSON.stringify(sortKeys(state), null, 2)}\n`;
}

function earlyStopping(args: TrainingArguments, counter: number): Record<string, unknown> {
  const { early_stopping_patience, early_stopping_threshold } = args;
  if (early_stopping_patience === null) return {};
  return {
    EarlyStoppingCallback: {
      args: { early_stopping_patience, early_stopping_threshold },
      attributes: { early_stopping_patience_counter: counter },
    },
  };
}

/** Python's `json.dumps(..., sort_keys=True)`, in depth. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

/** The part of a checkpoint's trainer_state.json that tells which checkpoint is best. */
export const bestOfTrainerStateSchema = z.looseObject({
  best_model_checkpoint: z.string().nullable(),
});
