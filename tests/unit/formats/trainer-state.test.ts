import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { planSteps } from "../../../src/config/step-arithmetic.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { serializeTrainerState } from "../../../src/formats/trainer-state.ts";

test("trainer_state.json has the keys, the order and the layout of transformers 5.18", () => {
  // A whole checkpoint of the reference stack, copied from the golden data.
  const text = readFileSync(new URL("../../golden/trainer_state.json", import.meta.url), "utf8");
  const reference = JSON.parse(text);
  const args = trainingArgumentsSchema.parse({
    num_train_epochs: 3,
    per_device_train_batch_size: 4,
    logging_steps: 1,
    eval_steps: 3,
    save_steps: 3,
  });
  const plan = planSteps(args, 20);
  const { best_global_step, best_metric, best_model_checkpoint, epoch, global_step, total_flos } =
    reference;
  const written = serializeTrainerState(
    {
      best_global_step,
      best_metric,
      best_model_checkpoint,
      epoch,
      global_step,
      total_flos,
      log_history: reference.log_history,
      num_input_tokens_seen: 0,
      early_stopping_patience_counter: 0,
    },
    args,
    plan,
  );
  expect(JSON.parse(written)).toEqual(reference);
  expect(written.split("\n").map((line) => line.match(/^ *"\w+"/u)?.[0])).toEqual(
    text.split("\n").map((line) => line.match(/^ *"\w+"/u)?.[0]),
  );
});
