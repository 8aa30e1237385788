// Fine-tunes tiny-prose-3m on "Sums, step by step" in the studio itself, on the built page, on wasm, and writes the best checkpoint to
// public/models/tiny-prose-3m-sums in float16. The browser's profile is kept until the model is written: when this script is cut
// off, the same command goes on from the last checkpoint.
//   npm run tune:sums -- [--max-steps 7200] [--site dist] [--profile FOLDER] [--port 4790] [--checkpoint ZIP] [--try]
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { unzipSync } from "fflate";
import { z } from "zod";
import { parseSafetensors, serializeSafetensors } from "../src/formats/safetensors.ts";
import { openStudio, type Studio } from "../tests/e2e/support/studio.ts";
import { serve } from "./serve.ts";

const { values: options } = parseArgs({
  options: {
    "max-steps": { type: "string", default: "7200" },
    /** The built page. A copy of dist/ lets that be built anew meanwhile. */
    site: { type: "string", default: fileURLToPath(new URL("../dist/", import.meta.url)) },
    profile: { type: "string", default: join(tmpdir(), "studio-tune-sums") },
    /** Always the same, so that a run that goes on finds its storage. */
    port: { type: "string", default: "4790" },
    /** Writes the model from a checkpoint that was downloaded, and trains nothing. */
    checkpoint: { type: "string" },
    /** Trains and tells the figures, and writes no model. */
    try: { type: "boolean", default: false },
  },
});

const base = new URL("../public/models/tiny-prose-3m/", import.meta.url);
const target = new URL("../public/models/tiny-prose-3m-sums/", import.meta.url);
const rows = fileURLToPath(new URL("../public/samples/sums-step-by-step.csv", import.meta.url));

/** Every row is learned both ways, so that step by step and direct answers compete on equal terms. */
const data = { direct_answers: true, eval_fraction: "0.05" };

const steps = Number(options["max-steps"]);
const interval = String(Math.min(400, steps));
const trainingArguments = {
  max_steps: options["max-steps"],
  per_device_train_batch_size: "8",
  per_device_eval_batch_size: "64",
  max_length: "128",
  learning_rate: "0.0015",
  weight_decay: "0.01",
  adam_beta2: "0.98",
  lr_scheduler_type: "cosine",
  warmup_ratio: "0.05",
  seed: "42",
  logging_steps: "50",
  include_num_input_tokens_seen: "non_padding",
  evaluation_strategy: "steps",
  save_strategy: "steps",
  save_total_limit: "1",
  load_best_model_at_end: true,
};

const stateSchema = z.object({
  best_global_step: z.number(),
  best_metric: z.number(),
  num_input_tokens_seen: z.number(),
  log_history: z.array(z.looseObject({ step: z.number() })),
});

if (options.checkpoint === undefined) await train();
else writeModel(unzipSync(readFileSync(options.checkpoint)));

async function train(): Promise<void> {
  const isNew = !existsSync(options.profile);
  mkdirSync(options.profile, { recursive: true });
  const server = await serve({ port: Number(options.port), root: options.site });
  const studio = await openStudio({ url: server.url, backend: "wasm", profile: options.profile });
  // The machine may be busy with other things, and stop this for minutes.
  studio.page.setDefaultTimeout(0);
  try {
    const start = Date.now();
    if (isNew) await begin(studio);
    else await goOn(studio);
    await watchRun(studio);
    const zip = unzipSync(readFileSync(await studio.downloadBest()));
    print(`trained in ${Math.round((Date.now() - start) / 60_000)} minutes`);
    if (!options.try) writeModel(zip);
  } finally {
    await studio.close();
    await server.close();
  }
  rmSync(options.profile, { recursive: true, force: true });
}

async function begin({ page, goTo, setArguments, ...studio }: Studio): Promise<void> {
  await goTo("Model");
  await setArguments({ model_name_or_path: "tiny-prose-3m" });
  await goTo("Data");
  await studio.dropDataset(rows);
  await studio.waitForData();
  await setArguments(data);
  await page.keyboard.press("Tab");
  await studio.waitForData();
  await goTo("Training");
  await studio.chooseMode("full");
  await setArguments(trainingArguments);
  await setArguments({ eval_steps: interval, save_steps: interval });
  await studio.press("Start training");
}

async function goOn({ page, goTo, press }: Studio): Promise<void> {
  await page.locator('[role=status][data-phase="interrupted"]').waitFor({ state: "attached" });
  await goTo("Run");
  await press("Resume exactly");
}

/** Tells step and losses once a minute until the run has ended. @throws Error where it failed. */
async function watchRun({ page, phase, step, metric }: Studio): Promise<void> {
  await page
    .locator('[role=status]:is([data-phase="training"], [data-phase="evaluating"])')
    .waitFor({ state: "attached" });
  for (let told = 0; ; ) {
    const now = await phase();
    if (now === "completed") return;
    if (now !== "preparing" && now !== "training" && now !== "evaluating") {
      throw new Error(`The run is ${now}.`);
    }
    if (Date.now() > told + 60_000) {
      told = Date.now();
      const losses = [await metric("loss"), await metric("eval_loss")];
      print(`${new Date().toISOString()} step ${await step()} loss ${losses.join(" eval_loss ")}`);
    }
    await page.waitForTimeout(2000);
  }
}

/** The checkpoint's files, its weights in float16, beside the tokenizer of the base model. */
function writeModel(files: Readonly<Record<string, Uint8Array>>): void {
  const bytesOf = (name: string) => {
    const bytes = files[name];
    if (bytes === undefined) throw new Error(`The checkpoint has no ${name}.`);
    return bytes;
  };
  const jsonOf = (name: string) => JSON.parse(Buffer.from(bytesOf(name)).toString("utf8"));
  const state = stateSchema.parse(jsonOf("trainer_state.json"));
  const { tensors } = parseSafetensors(bytesOf("model.safetensors"), "model.safetensors");
  const half = [...tensors].map(
    ([name, { shape, data: values }]) => [name, { dtype: "F16", shape, data: values }] as const,
  );
  mkdirSync(target, { recursive: true });
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(new URL(name, target), content);
  write("model.safetensors", serializeSafetensors(new Map(half)));
  write("config.json", toJson({ ...jsonOf("config.json"), dtype: "float16" }));
  for (const name of ["tokenizer.json", "generation_config.json"]) {
    write(name, readFileSync(new URL(name, base)));
  }
  write("training.json", `${JSON.stringify({ arguments: trainingArguments, ...state })}\n`);
  write("README.md", describe(state));
}

function describe(state: z.output<typeof stateSchema>): string {
  const { best_global_step, best_metric, num_input_tokens_seen } = state;
  const tokens = (num_input_tokens_seen / 1e6).toFixed(1);
  return `# tiny-prose-3m-sums

tiny-prose-3m, fine-tuned by Finetune Studio itself on its sample "Sums, step by step": it answers word problems of two to four operations on numbers up to 40, step by step or at once. Llama, 3,221,952 parameters, F16 safetensors. Apache-2.0, like the project.

Made by \`npm run tune:sums\` (scripts/tune-sums.ts), which drives the built page on WebAssembly: all weights trained, each of 4,750 rows both as "Question: … Step by step: … Answer: …" and as "Question: … Answer: …", the completions alone counted in the loss; 250 further rows chose the checkpoint of step ${best_global_step} (loss ${best_metric.toFixed(4)}, ${tokens} M tokens read in all). The 500 rows of sums-step-by-step-held-out.csv took no part. \`training.json\` holds the arguments and the log; \`npm run benchmark:reasoning\` scores the model.
`;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
