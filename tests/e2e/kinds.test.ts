// Numbers and sets of labels from the file to the answer: guessed, trained, scored, verified by PyTorch, predicted, and dropped back.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { expect } from "vitest";
import { runPython, torchPython } from "../unit/support/python.ts";
import { csv } from "./support/files.ts";
import { test } from "./support/fixture.ts";
import type { Studio } from "./support/studio.ts";

const things = ["phone", "film", "soup", "book", "hotel", "lamp", "song"];
const words = ["awful", "poor", "fair", "good", "superb"];
const prices = Array.from({ length: 60 }, (_, i) => {
  const grade = (i * 7) % 5;
  return `"The ${things[i % 7]} was ${words[grade]}, number ${i}",${(grade / 2 - 1 + i / 1000).toFixed(3)}`;
});
const tagged = Array.from({ length: 60 }, (_, i) => {
  const [food, price] = [i % 2 === 0, i % 3 === 0];
  const tags = [...(food ? ["food"] : []), ...(price ? ["price"] : [])].join(";");
  return `"${food ? "The soup and bread" : "The room"} ${price ? "cost far too much" : "pleased us"}, number ${i}",${tags}`;
});

test("a column of numbers becomes a regression that is scored, verified, predicted, and kept in its files", async ({
  open,
}) => {
  const studio = await open();
  const { page } = studio;
  await studio.dropDataset(csv("prices.csv", ["text,score", ...prices]));
  await studio.waitForData();
  expect(await page.locator("[name=problem_type]").inputValue()).toBe("regression");
  await page.getByRole("img", { name: /^Rows by score/u }).waitFor();
  expect(await page.locator("[name=class_weight]").count()).toBe(0);

  await studio.goTo("Training");
  expect(await page.locator("[name=metric_for_best_model] option").allTextContents()).not.toContain(
    "accuracy",
  );
  await studio.setArguments({ num_train_epochs: "4", max_length: "16", logging_steps: "1" });
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  await verify(studio);

  await studio.goTo("Results");
  await page.getByRole("heading", { name: /^R² -?\d\.\d+ on 12 held-out rows/u }).waitFor();
  await page.getByRole("img", { name: /predicted over true/u }).waitFor();
  expect(await page.locator("[data-metric=rmse]").textContent()).toMatch(/^\d+(\.\d+)?$/u);
  const sentence = "The lamp was superb, number 3";
  const said = await ask(studio, sentence, "[data-number=score]");

  const lines = await predict(studio, "new.csv", ["text,score", `"${sentence}",1`, '" ",2']);
  expect(lines[0]).toBe("\uFEFFtext,score,predicted_score");
  expect(Number(lines[1]?.split(",").at(-1))).toBeCloseTo(said, 4);
  expect(lines[2]).toBe('" ",2,');
  await page.getByText(/over 1 row the root mean squared error is/u).waitFor();
  await studio.goTo("Run");

  // The files say what it is, and dropped back they say the same number.
  const zip = await studio.downloadBest();
  const files = unzipSync(readFileSync(zip));
  const read = (end: string) => {
    const name = Object.keys(files).find((each) => each.endsWith(end)) ?? "";
    return JSON.parse(new TextDecoder().decode(files[name]));
  };
  expect(read("config.json")).toMatchObject({
    problem_type: "regression",
    id2label: { 0: "score" },
    label2id: { score: 0 },
  });
  expect(read("trainer_state.json").log_history.at(-1)).toHaveProperty("eval_rmse");
  await studio.goTo("Model");
  await page.locator('input[type=file][name="model"]').setInputFiles(zip);
  expect(await ask(studio, sentence, "[data-number=score]")).toBeCloseTo(said, 5);
});

test("a column of separated labels becomes sets of labels with a figure for each", async ({
  open,
}) => {
  const studio = await open();
  const { page } = studio;
  await studio.dropDataset(csv("tags.csv", ["text,tags", ...tagged]));
  await studio.waitForData();
  expect(await page.locator("[name=problem_type]").inputValue()).toBe("multi_label_classification");
  expect(await page.locator("[name=label_separator]").inputValue()).toBe(";");
  await studio.goTo("Training");
  await studio.setArguments({ num_train_epochs: "8", max_length: "16", logging_steps: "2" });
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  await studio.goTo("Results");
  await page.getByRole("heading", { name: /^F1 [01]\.\d+ on 12 held-out rows/u }).waitFor();
  await page.getByRole("rowheader", { name: "food" }).waitFor();
  const sentence = "The soup and bread cost far too much";
  const said = await ask(studio, sentence, "[data-probability=food]");
  const lines = await predict(studio, "new.csv", ["text,tags", `"${sentence}",food;price`]);
  expect(lines[0]).toBe("\uFEFFtext,tags,predicted_labels,probability_food,probability_price");
  expect(Number(lines[1]?.split(",").at(-2))).toBeCloseTo(said, 3);
  await page.getByText(/The file has tags itself: in .+ of 1 row all labels agree/u).waitFor();
});

/** Presses "Verify in Python" and, where PyTorch is installed, runs what it gives. */
async function verify({ page, profile }: Studio): Promise<void> {
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Verify in Python" }).click();
  const path = join(profile, "verify.zip");
  await (await waiting).saveAs(path);
  const files = Object.entries(unzipSync(readFileSync(path)));
  const folder = mkdtempSync(join(tmpdir(), "studio-verify-"));
  for (const [name, bytes] of files) writeFileSync(join(folder, name.replace(/^.*\//u, "")), bytes);
  expect(dirname(files[0]?.[0] ?? "")).toBe("prices-verify");
  if (torchPython !== undefined) {
    const run = `import runpy, sys\ntry:\n    runpy.run_path(sys.argv[1], run_name="__main__")\nexcept SystemExit as end:\n    print("code", end.code)`;
    expect(runPython(torchPython, run, [join(folder, "verify.py")])).toMatch(/: PASS\ncode 0/u);
  }
  rmSync(folder, { recursive: true });
}

/** Types a text and gives what stands at the selector. */
async function ask({ page, press }: Studio, text: string, selector: string): Promise<number> {
  await page.getByRole("textbox", { name: "Text" }).first().fill(text);
  await press("Predict");
  const answer = page.locator(selector).first();
  await answer.waitFor();
  return Number(await answer.getAttribute("data-value"));
}

/** Predicts a file and gives the lines of its CSV. */
async function predict({ page, profile, press }: Studio, name: string, lines: readonly string[]) {
  await page.locator('input[name="prediction"]').setInputFiles(csv(name, lines));
  await page.getByRole("button", { name: "Download CSV" }).waitFor();
  const waiting = page.waitForEvent("download");
  await press("Download CSV");
  const path = join(profile, "predicted.csv");
  await (await waiting).saveAs(path);
  return readFileSync(path, "utf8").trimEnd().split("\r\n");
}
