import { beforeAll, expect, test } from "vitest";
import type { TrainingArguments } from "../../../src/config/training-arguments.ts";
import { deleteCheckpoint, listCheckpoints } from "../../../src/storage/checkpoints.ts";
import type { BaseModel } from "../../../src/worker/base-model.ts";
import { loadSmallBert, recordOf, remains, saveRows, work } from "./node-runs.ts";

let base: BaseModel;
beforeAll(async () => {
  await saveRows();
  base = await loadSmallBert();
});

// 17 training rows, batches of 4, two of them an update: 3 updates an epoch, 6 in all; 2 and 5 are mid-epoch.
const variants: [string, Partial<TrainingArguments>, number][] = [
  ["adamw_torch", {}, 2],
  ["adamw_torch", { save_total_limit: 1, load_best_model_at_end: true, save_strategy: "epoch" }, 5],
  ["sgd", { optim: "sgd", optim_args: "momentum=0.9", learning_rate: 0.05 }, 5],
  ["adagrad", { optim: "adagrad" }, 4],
  ["rmsprop", { optim: "rmsprop", optim_args: "momentum=0.5, centered=True" }, 5],
  ["adafactor", { optim: "adafactor", lr_scheduler_type: "cosine", warmup_steps: 2 }, 2],
  ["a schedule that listens to the scores", { lr_scheduler_type: "reduce_lr_on_plateau" }, 5],
];

test.each(variants)(
  "a run with %s that was stopped mid-epoch ends as one that was not, byte for byte",
  async (name, args, stop) => {
    const dir = `${name}-${variants.findIndex((entry) => entry[1] === args)}`;
    const whole = recordOf({ ...args, output_dir: `${dir}-whole` });
    await work(whole, base);
    const cut = recordOf({ ...args, output_dir: `${dir}-cut` });
    await work(cut, base, {
      stopAt: (event) => event.type === "step" && event.step === stop,
    });
    expect((await listCheckpoints(`${dir}-cut`)).at(-1)?.step).toBe(stop);
    await work(cut, base, { resume: true });
    expect(await remains(`${dir}-cut`)).toEqual(await remains(`${dir}-whole`));
  },
);

test("a run that was killed anywhere goes on from its last checkpoint and ends the same", async () => {
  const whole = recordOf({ output_dir: "killed-whole", save_steps: 3 });
  await work(whole, base);
  const expected = await remains("killed-whole");
  // A kill leaves what had been written: here all of a run but its newest checkpoints, and the log rows after them.
  for (const lost of [[6], [3, 6]]) {
    const dir = `killed-${lost.length}`;
    const record = recordOf({ output_dir: dir, save_steps: 3 });
    await work(record, base);
    for (const step of lost) await deleteCheckpoint(`${dir}/checkpoint-${step}`);
    const events = await work(record, base, { resume: true });
    const from = events.find((event) => event.type === "started");
    expect(from).toMatchObject({ fromStep: 6 - 3 * lost.length });
    expect(await remains(dir)).toEqual(expected);
  }
});

test("the same device resumes exactly; another one is told", async () => {
  const record = recordOf({ output_dir: "pins", num_train_epochs: 1 });
  await work(record, base, { stopAt: (event) => event.type === "step" && event.step === 1 });
  const events = await work(record, base, { resume: true });
  expect(events.some((event) => event.type === "warned")).toBe(false);
});
