// Drives the built page through its states and writes a picture of each, in both themes, wide and narrow, to screenshots/.
// Words behind `--` choose: `-- dark 390` takes these pictures only; `-- readme` takes the README's picture instead.
import { mkdirSync } from "node:fs";
import { csv, reviews } from "../tests/e2e/support/files.ts";
import { openStudio, type Studio } from "../tests/e2e/support/studio.ts";
import { serve } from "./serve.ts";

const folder = new URL("../screenshots/", import.meta.url).pathname;
const themes = ["dark", "light"] as const;
const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

/** States in the order in which one visit reaches them. Each step leads to the next picture. */
const visit: readonly {
  readonly name: string;
  readonly reach: (studio: Studio) => Promise<unknown>;
}[] = [
  { name: "welcome", reach: async () => {} },
  { name: "model", reach: (studio) => studio.goTo("Model") },
  { name: "files-none", reach: (studio) => studio.goTo("Files") },
  { name: "history-none", reach: (studio) => studio.goTo("History") },
  { name: "results-none", reach: (studio) => studio.goTo("Results") },
  { name: "run-none", reach: (studio) => studio.goTo("Run") },
  {
    name: "data-refused",
    reach: async (studio) => {
      await studio.goTo("Data");
      await studio.dropDataset({
        name: "tickets.xlsx",
        mimeType: "application/octet-stream",
        buffer: Buffer.from("PK\u0003\u0004"),
      });
    },
  },
  {
    name: "data-problems",
    reach: async (studio) => {
      await studio.dropDataset(csv("holes.csv", holes()));
      await studio.waitForData();
    },
  },
  {
    name: "data-sample",
    reach: async (studio) => {
      await studio.page.locator('select[name="sample"]').selectOption("languages");
      await studio.page.getByText("13 classes", { exact: true }).waitFor();
      await studio.waitForData();
    },
  },
  {
    name: "data",
    reach: async (studio) => {
      await studio.goTo("Data");
      await studio.dropDataset(reviews(600, "reviews.csv"));
      await studio.waitForData();
    },
  },
  {
    name: "training",
    reach: async (studio) => {
      await studio.goTo("Training");
      await studio.page.getByText(/From a short trial/u).waitFor();
    },
  },
  {
    name: "training-notes",
    reach: (studio) => choosePreset(studio, "From the notes"),
  },
  {
    name: "training-thorough",
    reach: async (studio) => {
      await choosePreset(studio, "Thorough");
      await studio.page.getByText("As a list", { exact: true }).click();
    },
  },
  {
    name: "training-all",
    reach: async (studio) => {
      await choosePreset(studio, "Balanced");
      await studio.setArguments({ adam_beta1: "0.9" });
      await studio.page.locator("[name=adam_beta1]").scrollIntoViewIfNeeded();
    },
  },
  {
    name: "training-wrong",
    reach: async (studio) => {
      await choosePreset(studio, "Balanced");
      await studio.setArguments({ save_strategy: "steps", learning_rate: "fast" });
      await studio.press("Start training");
    },
  },
  {
    name: "run-live",
    reach: async (studio) => {
      await studio.setArguments({
        save_strategy: "epoch",
        learning_rate: "0.003",
        num_train_epochs: "40",
        logging_steps: "2",
        max_length: "16",
      });
      await studio.press("Start training");
      await studio.waitForPhase("training");
      await studio.page.waitForTimeout(6000);
    },
  },
  {
    name: "run-paused",
    reach: async (studio) => {
      await studio.press("Pause");
      await studio.waitForPhase("paused");
    },
  },
  {
    name: "run-interrupted",
    reach: async (studio) => {
      await studio.killWorker();
      await studio.waitForPhase("interrupted");
    },
  },
  {
    name: "run-completed",
    reach: async (studio) => {
      await studio.press("Resume exactly");
      await studio.waitForPhase("completed");
    },
  },
  {
    name: "run-readout",
    reach: (studio) =>
      studio.page.getByRole("slider", { name: /^Loss: values/u }).press("PageDown"),
  },
  {
    name: "results",
    reach: async (studio) => {
      await studio.goTo("Results");
      await predict(studio, "The soup was lovely, the hotel was not.");
    },
  },
  {
    name: "results-file",
    reach: async (studio) => {
      await studio.page
        .locator('input[name="prediction"]')
        .setInputFiles(reviews(300, "next week.csv"));
      await studio.page.getByRole("button", { name: "Download CSV" }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: "files",
    reach: async (studio) => {
      await studio.goTo("Files");
      for (const name of [/^Folder results,/u, /^Folder checkpoint/u, /^File model/u]) {
        await studio.page.getByRole("treeitem", { name }).first().click();
      }
    },
  },
  {
    name: "run-comparison-queued",
    reach: async (studio) => {
      await studio.goTo("Training");
      await studio.setArguments({ num_train_epochs: "2", save_strategy: "no" });
      await studio.setArguments({ load_best_model_at_end: false });
      await studio.press("Compare three ways");
      await studio.waitForPhase("training", "evaluating");
      await studio.page.getByText("waits in the queue").first().scrollIntoViewIfNeeded();
    },
  },
  {
    name: "run-comparison",
    reach: async (studio) => {
      const done = studio.page.locator("tbody tr").getByText("completed");
      await done.nth(2).waitFor({ timeout: 300_000 });
      await done.first().scrollIntoViewIfNeeded();
    },
  },
  { name: "history", reach: (studio) => studio.goTo("History") },
  {
    name: "history-compare",
    reach: async (studio) => {
      const ticks = studio.page.getByRole("checkbox", { name: /^Compare/u });
      for (const at of [1, 3]) await ticks.nth(at).check();
      await studio.page.getByText("Score, final model").waitFor();
      await studio.page.getByRole("button", { name: /as CSV/u }).scrollIntoViewIfNeeded();
    },
  },
  { name: "learn", reach: (studio) => studio.goTo("Learn") },
  {
    name: "playground",
    reach: async (studio) => {
      await studio.goTo("Playground");
      await studio.page.getByRole("heading", { name: "Playground", level: 1 }).waitFor();
    },
  },
];

const asked = process.argv.slice(2);
const isAsked = (word: string, all: readonly string[]) =>
  asked.includes(word) || !all.some((other) => asked.includes(other));

mkdirSync(folder, { recursive: true });
const server = await serve();
if (asked.includes("readme")) await takeReadmePicture();
else await takeAll();
await server.close();

async function takeAll(): Promise<void> {
  let pictures = 0;
  const widths = sizes.map(({ width }) => String(width));
  for (const colorScheme of themes.filter((theme) => isAsked(theme, themes))) {
    for (const viewport of sizes.filter(({ width }) => isAsked(String(width), widths))) {
      const studio = await openStudio({ url: server.url, backend: "wasm", colorScheme, viewport });
      await studio.page.waitForTimeout(800);
      for (const { name, reach } of visit) {
        await reach(studio);
        await studio.page.waitForTimeout(400);
        // Out of the way, so that no picture shows a hover.
        await studio.page.mouse.move(0, 0);
        const path = `${folder}${name}-${colorScheme}-${viewport.width}.png`;
        await studio.page.screenshot({ path });
        pictures += 1;
      }
      await studio.close();
    }
  }
  process.stdout.write(`${pictures} pictures in screenshots/\n`);
}

/** A finished run of the sample, scored every 25 updates. */
async function takeReadmePicture(): Promise<void> {
  const studio = await openStudio({ url: server.url, backend: "wasm", colorScheme: "dark" });
  await studio.chooseSample();
  await studio.waitForData();
  await studio.goTo("Training");
  await studio.setArguments({ evaluation_strategy: "steps", save_strategy: "steps" });
  await studio.setArguments({ eval_steps: "25", save_steps: "75" });
  await studio.press("Start training");
  await studio.waitForPhase("completed");
  await studio.page.waitForTimeout(1000);
  await studio.page.mouse.move(0, 0);
  await studio.page.screenshot({
    path: new URL("../public/screenshot.png", import.meta.url).pathname,
  });
  await studio.close();
}

async function choosePreset({ page }: Studio, name: string): Promise<void> {
  await page.getByRole("radio", { name }).check({ force: true });
  await page.waitForTimeout(200);
}

function holes(): string[] {
  const rows = Array.from(
    { length: 40 },
    (_, i) => `"a sentence of some words, number ${i}",class ${i % 5}`,
  );
  return ["text,label", ...rows, '"",class 1', "no class here,", '" ",'];
}

async function predict(studio: Studio, text: string): Promise<void> {
  await studio.page.locator('input[name="text"]').fill(text);
  await studio.press("Predict");
  await studio.page.locator("[data-probability]").first().waitFor();
}
