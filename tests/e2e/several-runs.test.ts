// Several runs: three that compare, two side by side, the queue, a copy of an earlier run, and what watches over a long one.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";
import type { Studio } from "./support/studio.ts";

test("one button trains three ways and overlays them, two runs are compared, a copy waits in the queue, and a long run is watched over", async ({
  open,
}) => {
  const studio = await open();
  const { page } = studio;
  await studio.context.grantPermissions(["notifications"]);
  await page.evaluate(spyOnTheBrowser);
  await studio.dropDataset(reviews(60));
  await studio.waitForData();
  await studio.goTo("Training");
  await repairBothWays(studio);
  await studio.setArguments({
    num_train_epochs: "2",
    max_length: "8",
    load_best_model_at_end: false,
    save_strategy: "no",
  });
  await studio.press("Compare three ways");
  await studio.waitForPhase("preparing", "training", "evaluating");
  const queue = page.locator("section", { has: page.getByRole("heading", { name: "Queue" }) });
  const waiting = queue.getByRole("listitem");
  await expect.poll(() => waiting.count()).toBe(2);
  await page.getByRole("button", { name: "Move reviews-full up" }).click();
  await expect.poll(() => waiting.first().textContent()).toContain("reviews-full");

  const rows = page.locator("tbody tr");
  await expect.poll(() => rows.getByText("completed").count(), { timeout: 180_000 }).toBe(3);
  await page.getByText(/^Pretraining (is worth|gains nothing)/u).waitFor();
  const overlay = "section[aria-label='What pretraining is worth']";
  expect(await page.locator(`${overlay} svg path[d^=M]`).count()).toBeGreaterThanOrEqual(3);
  expect(await queue.count()).toBe(0);
  expect(await seriousFindings(studio, "three ways", "main")).toEqual([]);
  await saveChart(studio);
  await compareTwo(studio);

  await studio.goTo("Run");
  await page.getByRole("button", { name: "New run from this one" }).click();
  const name = page.locator("[name=run_name]");
  await expect.poll(() => name.inputValue()).toMatch(/^reviews-(head|full|scratch)-2$/u);
  const copy = await name.inputValue();
  expect(await page.locator("[name=max_length]").inputValue()).toBe("8");
  await studio.setArguments({ num_train_epochs: "1000" });
  await studio.press("Start training");
  await studio.waitForPhase("training", "evaluating");
  await expect.poll(() => page.evaluate(watched)).toMatchObject({ locks: 1 });
  await predictMeanwhile(studio);

  // Two more wait; one is taken out again.
  await studio.goTo("Training");
  await studio.press("Add to the queue");
  await studio.press("Add to the queue");
  await studio.goTo("Run");
  await expect.poll(() => waiting.count()).toBe(2);
  await waiting
    .last()
    .getByRole("button", { name: /^Remove/u })
    .click();
  await expect.poll(() => waiting.count()).toBe(1);

  // The end is told to someone who looks elsewhere, and the screen may sleep again.
  await studio.press("Tell me when it ends");
  await page.getByRole("button", { name: "You will be told" }).waitFor();
  await page.evaluate(lookAway);
  await studio.press("Stop");
  await studio.waitForPhase("stopped");
  await expect
    .poll(() => page.evaluate(watched))
    .toEqual({ locks: 0, told: [expect.stringContaining(`${copy} is stopped`)] });

  // A queue that was left waits for its owner.
  await page.reload();
  await studio.goTo("Run");
  await queue.getByText("The queue waits for you.").waitFor();
  await studio.press("Start the queue");
  await studio.waitForPhase("training", "evaluating");
  expect(await queue.count()).toBe(0);
  const asked = page.waitForEvent("dialog");
  const reloaded = page.reload().catch(() => {});
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.accept();
  await reloaded;
  expect(await studio.waitForPhase("interrupted")).toBe("interrupted");
});

/** The notes' arguments are refused by the Trainer; each of the two buttons mends them. */
async function repairBothWays(studio: Studio): Promise<void> {
  const { page } = studio;
  const refusal = page.getByText("The Trainer refuses these arguments: it saves by steps");
  const value = (name: string) => page.locator(`[name=${name}]`).inputValue();
  await page.getByRole("radio", { name: "From the notes" }).check({ force: true });
  await refusal.waitFor();
  await page.getByRole("button", { name: /^Score every/u }).click();
  await refusal.waitFor({ state: "detached" });
  // 500 updates hide a hundred epochs of 5: a part of 500 near one epoch is scored.
  expect([await value("evaluation_strategy"), await value("eval_steps")]).toEqual(["steps", "5"]);
  await page.getByRole("button", { name: /^undo \d+ change/u }).click();
  await refusal.waitFor();
  expect(await seriousFindings(studio, "From the notes", "main")).toEqual([]);
  await studio.press("Save after each epoch");
  await refusal.waitFor({ state: "detached" });
  expect(await value("save_strategy")).toBe("epoch");
}

/** A chart's values and its picture are files. */
async function saveChart(studio: Studio): Promise<void> {
  const csv = readFileSync(await studio.download("What pretraining is worth as CSV"), "utf8");
  const [head, ...lines] = csv.trimEnd().split("\r\n");
  expect(head?.split(",").sort()).toEqual(["everything", "from scratch", "head only", "step"]);
  expect(lines.length).toBeGreaterThan(0);
  const svg = readFileSync(await studio.download("What pretraining is worth as SVG"), "utf8");
  expect(svg).toMatch(/^<svg [^>]*>.*<path [^>]*d="M/su);
  expect(svg).not.toContain("var(");
}

/** Two runs one over the other, with the settings in which they differ; one gets another name. */
async function compareTwo(studio: Studio): Promise<void> {
  const { page } = studio;
  await studio.goTo("History");
  await page.getByRole("checkbox", { name: "Compare reviews-head" }).check();
  await page.getByRole("checkbox", { name: "Compare reviews-full" }).check();
  const differing = page.getByRole("region", { name: "Two runs compared" }).getByRole("row");
  await differing.filter({ hasText: "learning_rate" }).waitFor();
  await differing.filter({ hasText: "Accuracy, final model" }).waitFor();
  expect(await seriousFindings(studio, "two runs compared", "main")).toEqual([]);
  await page.getByRole("button", { name: "Rename reviews-scratch" }).click();
  await page.locator("[name=run_new_name]").fill("random weights");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Show random weights" }).waitFor();
}

/** A file is predicted with an earlier run once the run that goes on gives way. */
async function predictMeanwhile(studio: Studio): Promise<void> {
  const { page } = studio;
  await studio.goTo("History");
  await page.getByRole("button", { name: "Show random weights" }).click();
  await studio.goTo("Results");
  await page.locator('input[name="prediction"]').setInputFiles(reviews(20, "next week.csv"));
  await page.getByText(/^Waiting until .* has ended or is paused/u).waitFor();
  await studio.press("Pause");
  await page.getByText("20 rows of next week.csv predicted.").waitFor();
  expect(basename(await studio.download("Download Excel"))).toBe("next week-predicted.xlsx");
  await studio.press("Resume");
  await studio.waitForPhase("training", "evaluating");
}

/** Counts screen locks and keeps notifications. Runs in the page. */
function spyOnTheBrowser(): void {
  const told: string[] = [];
  const seen = { told, locks: 0 };
  Object.assign(globalThis, { seen });
  globalThis.Notification = class extends Notification {
    constructor(title: string, options?: NotificationOptions) {
      super(title, options);
      told.push(`${title}. ${options?.body}`);
    }
  };
  const request = navigator.wakeLock.request.bind(navigator.wakeLock);
  navigator.wakeLock.request = async (type) => {
    const lock = await request(type);
    seen.locks += 1;
    lock.addEventListener("release", () => {
      seen.locks -= 1;
    });
    return lock;
  };
}

/** Runs in the page. */
const watched = () => (globalThis as unknown as { seen: object }).seen;

/** The page believes that nobody sees it. Runs in the page. */
function lookAway(): void {
  Object.defineProperty(document, "visibilityState", { value: "hidden" });
}
