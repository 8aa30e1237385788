// A run of the reference's own Trainer, dropped as its folder: one checkpoint is chosen, the run goes on with the reference's
// numbers, and what it leaves is a base model again that writes the same.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { expect } from "vitest";
import { test } from "./support/fixture.ts";
import type { Studio } from "./support/studio.ts";

const golden = "tests/golden";
const json = (path: string) => JSON.parse(readFileSync(`${golden}/${path}`, "utf8"));

test("the Trainer's own run folder is dropped, goes on as the Trainer's run went, and its checkpoint writes on", async ({
  open,
}) => {
  const folder = mkdtempSync(join(tmpdir(), "studio-hf-run-"));
  const run = join(folder, "hf-run");
  for (const step of [3, 15]) {
    cpSync(`${golden}/hf-run/checkpoint-3`, join(run, `checkpoint-${step}`), { recursive: true });
  }
  const own = join(run, "checkpoint-3");
  cpSync(`${golden}/tokenizers/bytelevel-bpe.json`, join(own, "tokenizer.json"));
  const rows = json("llama/rows.json");
  for (const part of ["train", "eval"]) {
    const lines = rows[part].map((row: object) => JSON.stringify(row)).join("\n");
    writeFileSync(join(folder, `${part}.jsonl`), lines);
  }
  const studio = await open();
  const { page } = studio;
  await dropFolder(studio, run);
  await page.getByRole("heading", { name: "hf-run holds 2 checkpoints: which one?" }).waitFor();
  await studio.press("checkpoint-3");
  await page.getByRole("option", { name: "hf-run-checkpoint-3" }).waitFor({ state: "attached" });

  await studio.goTo("Data");
  await studio.dropDataset(join(folder, "train.jsonl"));
  await studio.waitForData();
  expect(await page.locator("[name=language_format]").inputValue()).toBe("tokens");
  await page.locator('input[name="evaluation_dataset"]').setInputFiles(join(folder, "eval.jsonl"));
  await page.getByText("40 rows train").first().waitFor();
  await studio.goTo("Training");
  await page.getByText(/continues from imports\/hf-run-checkpoint-3.* step 3 of 15/u).waitFor();
  await studio.setArguments({
    ...{ gradient_accumulation_steps: "2", warmup_steps: "3", max_length: "24" },
    per_device_eval_batch_size: "8",
    ...{
      train_sampling_strategy: "sequential",
      save_strategy: "steps",
      lr_scheduler_type: "linear",
    },
    load_best_model_at_end: false,
  });
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  const last = json("hf-run/log_history.json").filter(({ step }: { step: number }) => step === 15);
  expect(await studio.metric("loss")).toBeCloseTo(last[0].loss, 3);
  expect(await studio.metric("eval_loss")).toBeCloseTo(last[1].eval_loss, 3);
  const padding = await page.locator('[data-metric="padding_share"]').textContent();
  expect(padding).toMatch(/^\d+\.\d\u00a0%$/u);
  expect(await page.locator('[data-metric="tokens_per_second"]').textContent()).toMatch(/^[1-9]/u);

  const zip = await studio.downloadBest();
  const write = async () => {
    await studio.goTo("Playground");
    await page.locator('[name="prompt"]').fill("good book");
    await page.locator('[name="max_new_tokens"]').fill("12");
    await studio.press("Write on");
    await page.getByText("max_new_tokens reached").first().waitFor();
    return page
      .locator("p", { hasText: /^good book/u })
      .first()
      .textContent();
  };
  const said = await write();
  await studio.goTo("Model");
  await page.locator('input[type=file][name="model"]').setInputFiles(zip);
  expect(await write()).toBe(said);
  rmSync(folder, { recursive: true });
});

test("on WebGPU a decoder's updates are replayed and the panel tells how; the losses are those of wasm", async ({
  open,
}) => {
  const files = {
    "config.json": readFileSync(`${golden}/llama/config.json`),
    "model.safetensors": readFileSync(`${golden}/llama/model.safetensors`),
    "tokenizer.json": readFileSync(`${golden}/tokenizers/bytelevel-bpe.json`),
  };
  const buffer = Buffer.from(zipSync(files));
  const lines = Array.from({ length: 20 }, (_, i) => `The lamp was lovely at number ${i}.`);
  const train = async (backend: "webgpu" | "wasm") => {
    const studio = await open({ backend });
    const { page } = studio;
    const text = Buffer.from(lines.join("\n\n"));
    await studio.dropDataset({ name: "lamps.txt", mimeType: "text/plain", buffer: text });
    await studio.goTo("Model");
    const zip = { name: "tiny-llama.zip", mimeType: "application/zip", buffer };
    await page.locator('input[type=file][name="model"]').setInputFiles(zip);
    await page.getByRole("option", { name: "tiny-llama" }).waitFor({ state: "attached" });
    await studio.goTo("Data");
    await studio.waitForData();
    await studio.goTo("Training");
    await studio.chooseMode("full");
    await studio.setArguments({
      ...{ max_length: "16", max_steps: "6", per_device_train_batch_size: "4" },
      ...{ evaluation_strategy: "no", save_strategy: "no", load_best_model_at_end: false },
      ...{ learning_rate: "0.01", logging_steps: "1" },
    });
    await studio.press("Start training");
    await studio.waitForPhase("preparing", "training");
    expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
    const losses = (await page.getByText(/^loss \d/u).allTextContents()).map((line) =>
      Number(/[\d.]+/u.exec(line)?.[0]),
    );
    const panel = page.locator("section", {
      has: page.getByRole("heading", { name: "Performance" }),
    });
    return { losses, panel: await panel.locator("dt, dd, p").allTextContents() };
  };
  const [gpu, wasm] = [await train("webgpu"), await train("wasm")];
  expect(gpu.losses).toHaveLength(6);
  gpu.losses.forEach((loss, step) => {
    expect(loss).toBeCloseTo(wasm.losses[step] ?? Number.NaN, 3);
  });
  const told = (panel: readonly string[]) => panel.join("\n");
  expect(told(gpu.panel)).toMatch(/webgpu, .*swiftshader/u);
  expect(told(gpu.panel)).toMatch(/Captured steps\n2 kinds of step/u);
  expect(told(gpu.panel)).toMatch(
    /GPU programs an update\n\d+\nof them TensorFlow.js’s own\n\d+ \(/u,
  );
  expect(told(gpu.panel)).toMatch(/Prepared in\n.+ of it for \d+ programs/u);
  expect(told(gpu.panel)).not.toMatch(/is not captured/u);
  expect(told(wasm.panel)).toMatch(/computing it\n[\d.]+ ms/u);
});

/** Drops a folder from the disk, as a user does with the mouse. */
async function dropFolder({ page, context }: Studio, path: string): Promise<void> {
  const devtools = await context.newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await devtools.send("Input.dispatchDragEvent", { ...{ type, data }, x: 400, y: 400 });
  }
  await devtools.detach();
}
