// What happens during a run and to it: pause, resume, stop, reload, a killed browser, refusals.
import { expect } from "vitest";
import { csv, reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";
import { playKillRounds } from "./support/kill-rounds.ts";

const long = {
  num_train_epochs: "300",
  per_device_train_batch_size: "16",
  max_length: "16",
  logging_steps: "1",
  evaluation_strategy: "steps",
  save_strategy: "steps",
};

test("a run pauses within a step, goes on, stops with a save, and goes on again", async ({
  open,
}) => {
  const studio = await open();
  await studio.dropDataset(reviews(80));
  await studio.goTo("Training");
  await studio.setArguments(long);
  await studio.setArguments({ eval_steps: "50", save_steps: "50" });
  await studio.press("Start training");
  await studio.waitForPhase("training");
  await studio.press("Pause");
  await studio.waitForPhase("paused");
  // What was on its way when the pause began arrives within a moment; after that nothing moves.
  await studio.page.waitForTimeout(600);
  const paused = await studio.step();
  await studio.page.waitForTimeout(800);
  expect(await studio.step()).toBe(paused);

  await studio.press("Resume");
  await studio.waitForPhase("training", "evaluating");
  await expect.poll(() => studio.step()).toBeGreaterThan(paused);

  await studio.press("Stop");
  await studio.waitForPhase("stopped");
  const checkpoint = await studio.step();
  await studio.page.getByText(`checkpoint-${checkpoint}`, { exact: true }).first().waitFor();

  await studio.press("Resume exactly");
  await studio.waitForPhase("training", "evaluating");
  await studio.page.getByText(`Continues from results/checkpoint-${checkpoint}.`).waitFor();
  await studio.press("Stop");
  await studio.waitForPhase("stopped");
});

test("killed at seeded moments, in the middle of a write and of a rotation, the run is found and goes on from a whole checkpoint, five times", async ({
  server,
}) => {
  const rounds = await playKillRounds(server.url, { rounds: 5, seed: 7 });
  expect(rounds.map(({ victim, moment }) => `${victim} ${moment}`)).toEqual([
    "browser any",
    "worker write",
    "tab rotation",
    "page any",
    "browser write",
  ]);
  expect(rounds.at(-1)?.checkpoint).toBeGreaterThan(0);
});

test("what is wrong with a file, its rows or the arguments is told where it is, and mended the run starts", async ({
  open,
}) => {
  const studio = await open();
  const { page } = studio;
  // A file that holds no table is refused by name; one with a single class has nothing to learn.
  await studio.dropDataset({
    name: "table.xlsx",
    mimeType: "application/octet-stream",
    buffer: Buffer.from("PK\u0003\u0004 not a table"),
  });
  await page.getByText("table.xlsx is not a zip file that can be read").waitFor();
  await studio.dropDataset(csv("one.csv", ["text,label", "a,x", "b,x"]));
  await page
    .getByText(/only one class, x/u)
    .first()
    .waitFor();

  // Rows without text or label are told by line, and skipped on the user's word.
  const rows = Array.from({ length: 30 }, (_, i) => `"text ${i}",${i % 2 === 0 ? "a" : "b"}`);
  await studio.dropDataset(csv("holes.csv", ["text,label", ...rows, '"",a', "lonely,"]));
  await page.getByText("2 rows have no text or no label (line 32, 33).").first().waitFor();
  await studio.goTo("Training");
  await studio.press("Start training");
  await page.getByText("Before the run can start:").waitFor();
  expect(await studio.phase()).toBe("idle");
  await studio.press("Close");
  await studio.goTo("Data");
  await studio.setArguments({ skip_empty: true });
  await page.getByText(/24 rows train, 6 are held out/u).waitFor();

  // Arguments that contradict each other are refused at their field, with a way out.
  await studio.goTo("Training");
  await studio.setArguments({ evaluation_strategy: "epoch", save_strategy: "steps" });
  await page.getByText(/evaluation_strategy is epoch and save_strategy is steps/u).waitFor();
  await studio.press("Start training");
  await page.getByText("Mend the fields marked red.").waitFor();
  expect(await studio.phase()).toBe("idle");
  await studio.setArguments({ save_strategy: "epoch", learning_rate: "fast" });
  await page.getByText("A number from 0 to 1, please.").waitFor();

  await studio.setArguments({ learning_rate: "0.001", num_train_epochs: "1", max_length: "8" });
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
});

test("a learning rate that is too high ends in a clear failure, not in NaN on the screen", async ({
  open,
}) => {
  const studio = await open();
  await studio.dropDataset(reviews(40));
  await studio.goTo("Training");
  await studio.chooseMode("full");
  await studio.setArguments({
    learning_rate: "1",
    weight_decay: "10",
    max_grad_norm: "0",
    warmup_ratio: "0",
    max_length: "8",
    num_train_epochs: "60",
    per_device_train_batch_size: "4",
    save_strategy: "no",
    evaluation_strategy: "no",
    load_best_model_at_end: false,
  });
  await studio.press("Start training");
  expect(await studio.waitForPhase("failed", "completed")).toBe("failed");
  const text = await studio.page.locator("body").textContent();
  expect(text).not.toMatch(/\bundefined\b|\[object/u);
  expect(text).toMatch(/training cannot go on/u);
});
