// What stays when a run has ended: its results and their rows, files predicted with it, its files, its place in the history.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { unzipSync } from "fflate";
import { expect } from "vitest";
import { csv, reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";

test("a finished run lists its rows, predicts a file, shows its files, goes and comes back, and all is erased", async ({
  open,
}) => {
  const studio = await open();
  const { page } = studio;
  await studio.dropDataset(reviews(80));
  await studio.goTo("Training");
  await studio.setArguments({ num_train_epochs: "2", max_length: "16", logging_steps: "2" });
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");

  // Results: a number of the matrix lists exactly its rows.
  await studio.goTo("Results");
  const cell = page.locator("td button").first();
  const rows = Number(await cell.textContent());
  await cell.click();
  expect(await page.locator("tbody tr:has(td:nth-child(5)) td.faint").count()).toBe(rows);
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
  const lines = readFileSync(predicted, "utf8").trimEnd().split("\r\n");
  expect(lines[0]).toBe("\uFEFFreview,verdict,predicted_label,confidence");
  expect(lines[1]).toMatch(/^'=1\+2 the soup was lovely,good,(good|bad),(0\.\d+|1)$/u);
  expect(lines[2]).toBe('" ",bad,,');
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
