// What a stranger does: sample, start, look, download, drop back. On the built page, with real weights.
import { readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { expect } from "vitest";
import { reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";
import type { Studio } from "./support/studio.ts";

test("three clicks lead from the open page to a trained and scored head", async ({ open }) => {
  const studio = await open();
  await studio.chooseSample();
  await studio.goTo("Training");
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  expect(await studio.metric("eval_accuracy")).toBeGreaterThan(0.82);
  expect(await studio.metric("eval_loss")).toBeLessThan(0.45);
  expect(await studio.metric("loss")).toBeLessThan(0.6);
  await studio.goTo("Results");
  const headline = await studio.page.getByRole("heading", { level: 1 }).textContent();
  expect(headline).toMatch(/8\d\.\d.% of 600 held-out rows are right/u);
});

test("a downloaded checkpoint, dropped back, predicts the same to the last digit", async ({
  open,
}) => {
  const studio = await open();
  await studio.dropDataset(reviews(120));
  await studio.goTo("Training");
  await studio.setArguments({ num_train_epochs: "4", max_length: "16" });
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  await studio.goTo("Results");
  // More than the run's 16 tokens: it is cut there, before and after.
  const text =
    "The lamp was wonderful and the soup was lovely, the hotel too, and so on and so on.";
  const before = await predict(studio, text);
  expect(before.good).toBeGreaterThan(0.5);

  const zip = await studio.downloadBest();
  const files = Object.keys(unzipSync(readFileSync(zip)));
  expect(files.sort()).toEqual([
    "config.json",
    "model.safetensors",
    "modeling_universal_sentence_encoder.py",
    "optimizer.pt",
    "scheduler.pt",
    "studio_state.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "trainer_state.json",
    "training_args.json",
  ]);
  await studio.goTo("Model");
  await studio.page.locator('input[type=file][name="model"]').setInputFiles(zip);
  await studio.page.getByText("good, bad").or(studio.page.getByText("bad, good")).first().waitFor();
  expect(await predict(studio, text)).toEqual(before);
});

async function predict(studio: Studio, text: string): Promise<Record<string, number>> {
  await studio.page.locator('input[name="text"]').fill(text);
  await studio.press("Predict");
  const values = studio.page.locator("[data-probability]");
  await values.first().waitFor();
  const entries = await values.evaluateAll((elements) =>
    elements.map((element) => [
      element.getAttribute("data-probability") ?? "",
      Number(element.getAttribute("data-value")),
    ]),
  );
  return Object.fromEntries(entries);
}
