// A dropped checkpoint folder in the Trainer's layout: kept whole, so that a run can go on from it.
import { z } from "zod";
import { parseOptimizer, parseScheduler } from "../formats/optimizer-file.ts";
import { checkpointPath, saveCheckpoint } from "../storage/checkpoints.ts";
import type { ImportedCheckpoint } from "./protocol.ts";

const stateSchema = z.looseObject({
  global_step: z.int().min(1),
  max_steps: z.int(),
  num_train_epochs: z.number(),
  train_batch_size: z.int().nullable().default(null),
  logging_steps: z.number(),
  eval_steps: z.number(),
  save_steps: z.number(),
  log_history: z.array(z.looseObject({ step: z.number() })).default([]),
});

/** Stores the checkpoint where the folder is one with its optimiser; null for a mere model. Throws where its files are damaged. */
export async function importCheckpoint(
  name: string,
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): Promise<ImportedCheckpoint | null> {
  const stateBytes = files.get("trainer_state.json");
  if (stateBytes === undefined || !files.has("optimizer.pt")) return null;
  const state = stateSchema.parse(JSON.parse(text(stateBytes)));
  const own = files.get("training_args.json");
  const ownArguments = own === undefined ? argumentsOf(state, files) : text(own);
  const outputDir = `imports/${name}`;
  const kept = [...files].filter(([file]) => !file.includes("/"));
  await saveCheckpoint(
    outputDir,
    state.global_step,
    kept.map(([file, bytes]) => ({ name: file, bytes })),
  );
  return {
    path: checkpointPath(outputDir, state.global_step),
    step: state.global_step,
    maxSteps: state.max_steps,
    arguments: ownArguments,
  };
}

/** What the Trainer's files say of its arguments; training_args.bin is a pickled class, which is not read. */
function argumentsOf(
  state: z.output<typeof stateSchema>,
  files: ReadonlyMap<string, Uint8Array>,
): string {
  const scheduler = files.get("scheduler.pt");
  const rate =
    scheduler === undefined ? undefined : parseScheduler(scheduler, "scheduler.pt").baseRate;
  return JSON.stringify({
    num_train_epochs: state.num_train_epochs,
    logging_steps: state.logging_steps,
    eval_steps: state.eval_steps,
    save_steps: state.save_steps,
    ...(state.train_batch_size === null
      ? {}
      : { per_device_train_batch_size: state.train_batch_size }),
    ...(rate === undefined ? {} : { learning_rate: rate }),
    ...optimizerArguments(files.get("optimizer.pt")),
    ...(wasScored(state) ? { eval_strategy: "steps" } : {}),
  });
}

/** Whether its log has scores at the steps of `eval_steps`, which is 500 where it is not used. */
const wasScored = ({ log_history, eval_steps }: z.output<typeof stateSchema>): boolean =>
  log_history.some((row) => "eval_loss" in row && row.step % eval_steps === 0);

/** What the optimiser's parameter groups say; those of AdamW have `betas`. */
function optimizerArguments(bytes: Uint8Array | undefined) {
  if (bytes === undefined) return {};
  const settings = parseOptimizer(bytes, "optimizer.pt").groups[0]?.settings;
  const [decay, betas, eps] = ["weight_decay", "betas", "eps"].map((key) => settings?.get(key));
  return {
    ...(typeof decay === "number" ? { weight_decay: decay } : {}),
    ...(Array.isArray(betas) && typeof eps === "number"
      ? { adam_beta1: betas[0], adam_beta2: betas[1], adam_epsilon: eps }
      : {}),
  };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
