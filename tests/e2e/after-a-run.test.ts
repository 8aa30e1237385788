// What stays when a run has ended: its curve and log, its results and their rows, files predicted with it, its files, its best
// checkpoint as a model, its place in the history.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { unzipSync } from "fflate";
import { expect } from "vitest";
import { csv, reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";
import type { Studio } from "./support/studio.ts";

test("a finished run is whole after a reload, lists its rows, predicts a file, shows its files, predicts the same from its download, goes and comes back, and all is erased", async ({
  open,
}) => {
  const studio = await open();
  const { page } = studio;
  await studio.dropDataset(reviews(80));
  await studio.goTo("Training");
  await studio.setArguments({ num_train_epochs: "4", max_length: "16", logging_steps: "2" });
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");

  // A reloaded page shows the same log and the same figures.
  const log = page.locator("ol[aria-label=Log] li");
  await log.getByText("the run is completed").waitFor();
  const lines = await log.allTextContents();
  const accuracy = await studio.metric("eval_accuracy");
  await page.reload();
  expect(await studio.waitForPhase("completed")).toBe("completed");
  await studio.goTo("Run");
  await log.first().waitFor();
  expect(await log.allTextContents()).toEqual(lines);
  expect(await studio.metric("eval_accuracy")).toBe(accuracy);

  // Results: a number of the matrix lists exactly its rows.
  await studio.goTo("Results");
  const cell = page.locator("td button").first();
  const rows = Number(await cell.textContent());
  await cell.click();
  const listed = page.locator("tbody tr:has(td:nth-child(5)) td.faint");
  await expect.poll(() => listed.count()).toBe(rows);
  await page.getByText(/of the held-out rows are answered/u).waitFor();

  // A file comes back with two more columns, and nothing in it runs as a formula.
  const texts = [
    "review,verdict",
    '"=1+2 the soup was lovely",good',
    '" ",bad',
    "an awful lamp,bad",
  ];
  await page.locator('input[name="prediction"]').setInputFiles(csv("next week.csv", texts));
  const predicted = await studio.download("Download CSV");
  expect(basename(predicted)).toBe("next week-predicted.csv");
  const answers = readFileSync(predicted, "utf8").trimEnd().split("\r\n");
  expect(answers[0]).toBe("\uFEFFreview,verdict,predicted_label,confidence");
  expect(answers[1]).toMatch(/^'=1\+2 the soup was lovely,good,(good|bad),(0\.\d+|1)$/u);
  expect(answers[2]).toBe('" ",bad,,');
  await page.getByText(/1 cell begins like a formula/u).waitFor();

  // Files: folders under their paths, with a look inside; an event file for TensorBoard.
  await studio.goTo("Files");
  for (const name of [/^Folder results,/u, /^Folder checkpoint/u, /^File model\.safetensors/u]) {
    await page.getByRole("treeitem", { name }).first().click();
  }
  await page.getByText("classifier.weight").waitFor();
  expect(basename(await studio.download(/^Download$/u))).toBe("model.safetensors");
  await page
    .getByRole("treeitem", { name: /^Folder checkpoint/u })
    .first()
    .click();
  const folder = unzipSync(readFileSync(await studio.download("Download all")));
  expect(Object.keys(folder)).toContain("model.safetensors");
  await page.getByRole("treeitem", { name: /^Folder runs/u }).click();
  await page.getByRole("treeitem", { name: /^File events\.out\.tfevents/u }).waitFor();

  // A checkpoint goes and comes back.
  await studio.goTo("Run");
  const checkpoints = page.getByRole("button", { name: /^Delete results\/checkpoint-/u });
  const kept = await checkpoints.count();
  await checkpoints.first().click();
  await expect.poll(() => checkpoints.count()).toBe(kept - 1);
  await page.getByRole("button", { name: /^Undo/u }).click();
  await expect.poll(() => checkpoints.count()).toBe(kept);

  await dropBack(studio);

  // History: exported, deleted, brought back by undo, deleted for good, imported.
  await studio.goTo("History");
  const zip = await studio.download(/^Export reviews/u);
  expect(basename(zip)).toBe("reviews.zip");
  await page.getByRole("button", { name: "Delete reviews" }).click();
  await page.getByRole("button", { name: /^Undo/u }).click();
  await page.getByRole("button", { name: "Delete reviews" }).click();
  await page
    .getByRole("button", { name: /^Undo/u })
    .waitFor({ state: "detached", timeout: 20_000 });
  await page.locator('input[name="run-zip"]').setInputFiles(zip);
  await page.getByRole("button", { name: "Show reviews" }).click();
  await studio.goTo("Results");
  await page.getByRole("heading", { name: /held-out rows are right/u }).waitFor();

  // Learn opens at the notion of an argument, with this run's numbers.
  await studio.goTo("Training");
  await page.getByRole("button", { name: "Learn more about Epochs" }).click();
  await page.getByText(/One epoch is 64 rows in \d+ updates/u).waitFor();

  const keys = () => page.evaluate(() => Object.keys(localStorage));
  await page.getByRole("radio", { name: "Light" }).check({ force: true });
  expect(await keys()).toEqual(
    expect.arrayContaining(["finetune-studio-theme", "finetune-studio-speed"]),
  );
  await studio.goTo("Files");
  await studio.press("Erase everything");
  await studio.press("Erase it all");
  await page.getByText("Fine-tune a language model, in this tab.").waitFor();
  // What the page notes at once says that it has no run.
  expect((await keys()).filter((key) => key !== "finetune-studio-kept")).toEqual([]);
  await studio.goTo("Files");
  await page.getByText("Nothing is stored yet").waitFor();
});

/** The downloaded checkpoint, dropped back as a base model, predicts the same to the last digit. */
async function dropBack(studio: Studio): Promise<void> {
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
}

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
