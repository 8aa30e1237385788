// Drives the built page through its states and writes a picture of each, in both themes, wide and narrow, to screenshots/.
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
    reach: (studio) => studio.dropDataset(csv("holes.csv", holes())),
  },
  {
    name: "data",
    reach: async (studio) => {
      await studio.goTo("Data");
      await studio.dropDataset(reviews(600, "reviews.csv"));
      await studio.waitForData();
    },
  },
  { name: "training", reach: (studio) => studio.goTo("Training") },
  {
    name: "training-wrong",
    reach: async (studio) => {
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
  { name: "history", reach: (studio) => studio.goTo("History") },
  { name: "learn", reach: (studio) => studio.goTo("Learn") },
  {
    name: "playground",
    reach: async (studio) => {
      await studio.goTo("Playground");
      await predict(studio, "A perfect lamp.");
    },
  },
];

mkdirSync(folder, { recursive: true });
const server = await serve();
for (const colorScheme of themes) {
  for (const viewport of sizes) {
    const studio = await openStudio({ url: server.url, backend: "wasm", colorScheme, viewport });
    await studio.page.waitForTimeout(800);
    for (const { name, reach } of visit) {
      await reach(studio);
      await studio.page.waitForTimeout(400);
      // Out of the way, so that no picture shows a hover.
      await studio.page.mouse.move(0, 0);
      await studio.page.screenshot({
        path: `${folder}${name}-${colorScheme}-${viewport.width}.png`,
      });
    }
    await studio.close();
  }
}
await server.close();
process.stdout.write(`${visit.length * themes.length * sizes.length} pictures in screenshots/\n`);

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
