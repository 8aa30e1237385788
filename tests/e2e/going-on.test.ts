// Ways to go on with a run: save a best that is not saved, other settings, its weights, and back from a loss that left.
import { expect } from "vitest";
import { csv, reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";
import type { Studio } from "./support/studio.ts";

test("an unsaved best offers to be saved, a stopped run goes on with changes, its weights start another run, and a loss that is no number goes back to the last checkpoint", async ({
  open,
}) => {
  const studio = await open();
  await studio.dropDataset(reviews(60));
  await studio.waitForData();
  await saveUnsavedBest(studio);
  const loss = await continueWithChanges(studio);
  await startFromWeights(studio, loss);
  await goBackFromInfinity(studio);
});

/** 48 of the 60 rows train, 8 an update. */
const updatesPerEpoch = 6;

/** The best score lies where nothing is saved: told while there is time, and saved from then on. */
async function saveUnsavedBest(studio: Studio): Promise<void> {
  const { page } = studio;
  await studio.goTo("Training");
  await studio.setArguments({
    num_train_epochs: "1000",
    per_device_train_batch_size: "8",
    max_length: "16",
    logging_steps: "1",
    load_best_model_at_end: false,
    metric_for_best_model: "loss",
    evaluation_strategy: "steps",
    save_strategy: "steps",
  });
  await studio.setArguments({ eval_steps: "25", save_steps: "5000" });
  await studio.press("Start training");
  const note = page.getByText(/^The best score so far, .+ and no checkpoint is saved there\.$/u);
  await note.waitFor();
  await studio.press("Save each new best");
  await page.getByText("best", { exact: true }).first().waitFor();
  await note.waitFor({ state: "detached" });
  await studio.press("Stop");
  expect(await studio.waitForPhase("stopped", "failed")).toBe("stopped");
}

/** Two epochs more at another rate, in a run and a folder of its own. Gives its last eval_loss. */
async function continueWithChanges(studio: Studio): Promise<number | null> {
  const { page } = studio;
  const before = await studio.step();
  const epochs = Math.ceil(before / updatesPerEpoch) + 2;
  const end = epochs * updatesPerEpoch;
  await studio.press("Continue with changes");
  const dialog = page.getByRole("dialog", { name: `Continue from results/checkpoint-${before}` });
  await dialog.getByText(/^Kept: weights, optimiser state, step count/u).waitFor();
  await dialog.locator("[name=continue_num_train_epochs]").fill(String(epochs));
  await dialog.locator("[name=continue_learning_rate]").fill("0.004");
  await dialog.getByRole("button", { name: "Continue", exact: true }).click();
  await page.getByRole("heading", { name: "reviews-continued" }).waitFor();
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  expect(await studio.step()).toBe(end);
  // What was logged before is kept, and the new rate falls from the next update on to the new end.
  const rows = page.locator("ol[aria-label=Log] li");
  await rows.filter({ hasText: /keeps the [\d,]+ log rows of the run before/u }).waitFor();
  const next = await rows
    .filter({ hasText: `${(before + 1).toLocaleString("en-US")}loss` })
    .textContent();
  const rate = Number(/learning_rate (\S+)/u.exec(next ?? "")?.[1]);
  const warmUp = Math.ceil(end / 10);
  expect(rate / ((0.004 * (end - before)) / (end - warmUp))).toBeCloseTo(1, 1);
  expect(await page.locator("svg circle").count()).toBeGreaterThan(1);
  return studio.metric("eval_loss");
}

/** The first score of a run from those weights is their last score. */
async function startFromWeights(studio: Studio, loss: number | null): Promise<void> {
  const { page } = studio;
  await studio.press("New run from these weights");
  await studio.setArguments({
    num_train_epochs: "1",
    eval_on_start: true,
    save_strategy: "no",
  });
  await studio.press("Start training");
  await page.getByRole("heading", { name: "reviews-2", exact: true }).waitFor();
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  const first = page.locator("ol[aria-label=Log] li").filter({ hasText: /^0eval_loss/u });
  expect(await first.textContent()).toContain(`eval_loss ${loss?.toFixed(4)} `);
  await studio.goTo("Model");
  const chosen = page.locator("[name=model_name_or_path] option:checked");
  expect(await chosen.textContent()).toMatch(/^reviews-continued-checkpoint-\d+ /u);
}

/** The rate rises until the loss leaves: the last checkpoint from before that is offered, and a tenth of the rate holds. */
async function goBackFromInfinity(studio: Studio): Promise<void> {
  const { page } = studio;
  const rows = Array.from({ length: 40 }, (_, i) => `text number ${i},${(i * 7) % 10}5e14`);
  await studio.goTo("Data");
  await studio.dropDataset(csv("numbers.csv", ["text,score", ...rows]));
  await studio.waitForData();
  await studio.setArguments({ problem_type: "regression" });
  await studio.waitForData();
  await studio.goTo("Training");
  await studio.setArguments({
    max_steps: "30",
    optim: "sgd",
    learning_rate: "1",
    lr_scheduler_type: "constant_with_warmup",
    warmup_ratio: "0.3",
    max_grad_norm: "0",
    eval_on_start: false,
    evaluation_strategy: "no",
    save_strategy: "steps",
  });
  await studio.setArguments({ save_steps: "5", save_total_limit: "6" });
  await studio.press("Start training");
  await page.getByRole("heading", { name: "numbers", exact: true }).waitFor();
  expect(await studio.waitForPhase("completed", "failed")).toBe("failed");
  await page
    .getByText(/^The (loss|gradient norm) is (Infinity|NaN) at step \d+/u)
    .first()
    .waitFor();
  expect(await page.getByRole("button", { name: "Resume exactly" }).count()).toBe(0);
  await page
    .getByRole("button", { name: /^Go on from checkpoint-(?:5|10) at rate 0\.1$/u })
    .click();
  await page.getByRole("heading", { name: "numbers-continued" }).waitFor();
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  expect(await studio.step()).toBe(30);
}
