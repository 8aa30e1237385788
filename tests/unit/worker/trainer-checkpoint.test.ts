// A checkpoint folder in the Trainer's own layout, dropped on the page: the run goes on as the one that was never cut.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { beforeAll, expect, test } from "vitest";
import type { RunEvent } from "../../../src/config/events.ts";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { serializeWeights } from "../../../src/formats/sharded-safetensors.ts";
import { readFile } from "../../../src/storage/folders.ts";
import { createModelLibrary } from "../../../src/worker/model-library.ts";
import { runPython, torchPython } from "../support/python.ts";
import { loadSmallBert, recordOf, saveRows, work } from "./node-runs.ts";

const run = { num_train_epochs: 2, logging_steps: 1, weight_decay: 0.01 } as const;
const files = new Map<string, Uint8Array>();
let uninterrupted: Step[];

interface Step {
  readonly step: number;
  readonly loss: number | null;
  readonly grad_norm: number | null;
  readonly learning_rate: number;
}
const stepsOf = (events: readonly RunEvent[]): Step[] =>
  events.flatMap((event) =>
    event.type === "step"
      ? [
          {
            step: event.step,
            loss: event.loss,
            grad_norm: event.grad_norm,
            learning_rate: event.learning_rate,
          },
        ]
      : [],
  );

beforeAll(async () => {
  await saveRows();
  // Without dropout, whose masks no two frameworks share.
  const base = await loadSmallBert(0);
  uninterrupted = stepsOf(await work(recordOf({ ...run, output_dir: "whole" }), base));
  const names = ["config.json", "model.safetensors", "optimizer.pt", "scheduler.pt"];
  for (const name of [...names, "tokenizer.json", "tokenizer_config.json"]) {
    const bytes = await readFile("whole/checkpoint-3", name);
    if (bytes !== undefined) files.set(name, bytes);
  }
  files.set("trainer_state.json", trainerState());
  // A pickled class: it is not read.
  files.set("training_args.bin", new Uint8Array([1, 2, 3]));
});

/** As the Trainer writes it after three updates: none of the studio's own figures. */
function trainerState(): Uint8Array {
  const log_history = uninterrupted.slice(0, 3).map(({ step, ...row }) => ({
    epoch: step / 3,
    ...row,
    step,
  }));
  const state = {
    best_global_step: null,
    best_metric: null,
    best_model_checkpoint: null,
    epoch: 1,
    eval_steps: 500,
    global_step: 3,
    is_hyper_param_search: false,
    is_local_process_zero: true,
    is_world_process_zero: true,
    log_history,
    logging_steps: 1,
    max_steps: 6,
    num_input_tokens_seen: 0,
    num_train_epochs: 2,
    save_steps: 3,
    stateful_callbacks: {},
    total_flos: 12,
    train_batch_size: 4,
    trial_name: null,
    trial_params: null,
  };
  return new TextEncoder().encode(`${JSON.stringify(state, null, 2)}\n`);
}

const rewrite = `
import sys, torch
for name in ("optimizer.pt", "scheduler.pt"):
    state = torch.load(sys.argv[1] + "/" + name)
    torch.save(state, sys.argv[1] + "/" + name)
`;

/** The two files of the optimiser as PyTorch itself writes them. */
function throughTorch(python: string): Map<string, Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "studio-torch-"));
  const own = ["optimizer.pt", "scheduler.pt"];
  for (const name of own) writeFileSync(join(folder, name), files.get(name) ?? "");
  runPython(python, rewrite, [folder]);
  const written = own.map(
    (name) => [name, new Uint8Array(readFileSync(join(folder, name)))] as const,
  );
  rmSync(folder, { recursive: true });
  return new Map(written);
}

async function dropAndResume(name: string, contents: ReadonlyMap<string, Uint8Array>) {
  const zip = zipSync(
    Object.fromEntries([...contents].map(([file, bytes]) => [`${name}/${file}`, bytes])),
    {
      level: 0,
    },
  ) as Uint8Array<ArrayBuffer>;
  const library = createModelLibrary("http://localhost/");
  const { summary, checkpoint } = await library.import({
    files: [new File([zip], `${name}.zip`)],
    name: "",
    within: null,
  });
  const record = {
    ...recordOf({ ...run, output_dir: name }),
    model_name_or_path: summary.id,
    continued_from: checkpoint?.path ?? null,
  };
  return { checkpoint, events: await work(record, await library.load(summary.id)) };
}

test("a dropped folder says where its run stood and which settings its files name", async () => {
  const { checkpoint } = await dropAndResume("told", files);
  expect(checkpoint).toMatchObject({ step: 3, maxSteps: 6 });
  expect(JSON.parse(checkpoint?.arguments ?? "")).toEqual({
    num_train_epochs: 2,
    logging_steps: 1,
    eval_steps: 500,
    save_steps: 3,
    per_device_train_batch_size: 4,
    learning_rate: 0.003,
    weight_decay: 0.01,
    adam_beta1: 0.9,
    adam_beta2: 0.999,
    adam_epsilon: 1e-8,
  });
});

test("it goes on with the updates of the run that was never cut, to the last digit", async () => {
  const { events } = await dropAndResume("layout", files);
  expect(events.find((event) => event.type === "started")).toMatchObject({ fromStep: 3 });
  expect(stepsOf(events)).toEqual(uninterrupted.slice(3));
});

test.skipIf(torchPython === undefined)(
  "so does one whose optimizer.pt and scheduler.pt PyTorch wrote",
  async () => {
    const written = throughTorch(torchPython ?? "");
    const { events } = await dropAndResume("torch", new Map([...files, ...written]));
    expect(stepsOf(events)).toEqual(uninterrupted.slice(3));
  },
);

test("so does one whose weights are in several files; a part that is missing or too many is named", async () => {
  const { tensors } = parseSafetensors(files.get("model.safetensors") ?? new Uint8Array(), "whole");
  const sources = new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { dtype: "F32" as const, shape, data }]),
  );
  const parts = serializeWeights(sources, 20_000);
  expect(parts.length).toBeGreaterThan(2);
  const sharded = new Map([...files, ...parts.map(({ name, bytes }) => [name, bytes] as const)]);
  sharded.delete("model.safetensors");
  const { events } = await dropAndResume("sharded", sharded);
  expect(stepsOf(events)).toEqual(uninterrupted.slice(3));

  const [first] = parts;
  const without = new Map([...sharded].filter(([name]) => name !== first?.name));
  await expect(dropAndResume("missing", without)).rejects.toThrow(`${first?.name} is missing`);
  const extra = new Map([
    ...sharded,
    ["model-00009-of-00009.safetensors", new Uint8Array(8)] as const,
  ]);
  await expect(dropAndResume("extra", extra)).rejects.toThrow(
    "does not name model-00009-of-00009.safetensors",
  );
});

test("a folder without its scheduler.pt still goes on; one whose optimizer.pt is cut short is refused", async () => {
  const without = new Map([...files].filter(([name]) => name !== "scheduler.pt"));
  const { events } = await dropAndResume("no-scheduler", without);
  expect(stepsOf(events)).toEqual(uninterrupted.slice(3));
  const whole = files.get("optimizer.pt") ?? new Uint8Array();
  const cut = new Map([...files, ["optimizer.pt", whole.slice(0, whole.length / 2)] as const]);
  await expect(dropAndResume("cut", cut)).rejects.toThrow("optimizer.pt");
});
