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
  await studio.context.grantPermissions(["notifications", "screen-wake-lock"]);
  await page.evaluate(spyOnTheBrowser);
  await studio.dropDataset(reviews(60));
  await studio.waitForData();
  await studio.goTo("Training");
  await repairBothWays(studio);
  await studio.setArguments({
    num_train_epochs: "1",
    max_length: "8",
    load_best_model_at_end: false,
    save_strategy: "epoch",
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
  const lines = page.locator(`${overlay} svg path[d^=M]`);
  await expect.poll(() => lines.count()).toBeGreaterThanOrEqual(3);
  await expect.poll(() => queue.count()).toBe(0);
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
  // The browser takes the lock from a hidden page; the page that comes back asks for it again.
  await page.evaluate(look, "hidden");
  await expect.poll(() => page.evaluate(watched)).toMatchObject({ locks: 0 });
  await page.evaluate(look, "visible");
  await expect.poll(() => page.evaluate(watched)).toMatchObject({ locks: 1 });
  await predictMeanwhile(studio);

  // Two more wait; one is taken out again.
  await studio.goTo("Training");
  await studio.press("Add to the queue");
  await studio.press("Add to the queue");
  await page.locator("footer").getByRole("button", { name: copy }).click();
  await expect.poll(() => waiting.count()).toBe(2);
  await waiting
    .last()
    .getByRole("button", { name: /^Remove/u })
    .click();
  await expect.poll(() => waiting.count()).toBe(1);

  // The end is told to someone who looks elsewhere, and the screen may sleep again.
  await studio.press("Tell me when it ends");
  await page.getByRole("button", { name: "You will be told" }).waitFor();
  await page.evaluate(look, "hidden");
  await studio.press("Stop");
  await studio.waitForPhase("stopped");
  await expect
    .poll(() => page.evaluate(watched))
    .toEqual({ locks: 0, told: [expect.stringContaining(`${copy} is stopped`)] });

  // Nothing is asked before leaving a page that trains nothing; a queue that was left waits for its owner.
  let questions = 0;
  page.on("dialog", (dialog) => {
    questions += 1;
    dialog.accept().catch(() => {});
  });
  await page.reload();
  expect(questions).toBe(0);
  await studio.goTo("Run");
  await queue.getByText("The queue waits for you.").waitFor();
  await studio.press("Start the queue");
  await studio.waitForPhase("training", "evaluating");
  expect(await queue.count()).toBe(0);
  const asked = page.waitForEvent("dialog");
  const reloaded = page.reload().catch(() => {});
  expect((await asked).type()).toBe("beforeunload");
  await reloaded;
  expect(questions).toBe(1);
  expect(await studio.waitForPhase("interrupted")).toBe("interrupted");
});

/** The browser's own folder in the place of one that a user picks: the same interface, and no dialog. */
const pickOwnFolder = `globalThis.showDirectoryPicker = async () =>
  (await navigator.storage.getDirectory()).getDirectoryHandle("real", { create: true })`;
/** Every path in that folder. */
const listOwnFolder = `(async () => {
  const list = async (folder, path) => {
    const found = [];
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind === "file") found.push(path + name);
      else found.push(...(await list(handle, path + name + "/")));
    }
    return found;
  };
  return list(await (await navigator.storage.getDirectory()).getDirectoryHandle("real"), "");
})()`;

const removeOwnFolder = `(async () =>
  (await navigator.storage.getDirectory()).removeEntry("real", { recursive: true }))()`;

test("a second tab watches the run live, takes no folder that it writes to, and goes on with it when the first tab dies; a real folder follows both", async ({
  open,
}) => {
  const studio = await open();
  await studio.context.addInitScript(pickOwnFolder);
  await studio.page.reload();
  await studio.goTo("Files");
  await studio.press("Choose a folder");
  await studio.page.getByText("Runs are mirrored to real.").waitFor();
  await studio.goTo("Data");
  await studio.dropDataset(reviews(60));
  await studio.waitForData();
  await studio.goTo("Training");
  await studio.setArguments({
    num_train_epochs: "1000",
    max_length: "8",
    logging_steps: "1",
    evaluation_strategy: "steps",
    save_strategy: "steps",
  });
  await studio.setArguments({ eval_steps: "50", save_steps: "50" });
  await studio.press("Start training");
  await studio.waitForPhase("training");

  const second = await studio.openTab();
  await second.waitForPhase("training", "evaluating");
  await second.page.getByText("training in another tab").waitFor();
  const seen = await second.step();
  await expect.poll(() => second.step()).toBeGreaterThan(seen + 20);
  await second.goTo("Run");
  await second.page.getByText("Another tab trains this run. This one watches.").waitFor();
  expect(await second.page.getByRole("button", { name: "Stop" }).count()).toBe(0);

  await second.goTo("Data");
  await second.dropDataset(reviews(60));
  await second.waitForData();
  await second.goTo("Training");
  await second.setArguments({ output_dir: "results" });
  await second.press("Start training");
  await second.page.getByText("Mend the fields marked red.").waitFor();
  await second.page.getByText("Another run keeps its checkpoints in results.").first().waitFor();

  const before = await second.step();
  await studio.page.close({ runBeforeUnload: false });
  await second.page.getByText(/The other tab is gone: this one goes on with/u).waitFor();
  await expect.poll(() => second.step()).toBeGreaterThan(before);
  await second.goTo("Run");
  await second.page
    .getByText(/Continues from results\/checkpoint-\d+\./u)
    .first()
    .waitFor();
  await second.press("Stop");
  await second.waitForPhase("stopped");

  const stoppedAt = await second.step();
  const files = async () => (await second.page.evaluate<string[]>(listOwnFolder)).sort();
  await expect.poll(files).toContain(`results/checkpoint-${stoppedAt}/trainer_state.json`);
  expect(await files()).toEqual(
    expect.arrayContaining(["results/runs/events.jsonl", "results/runs/log.jsonl"]),
  );

  // Refused while the last lines are still being written.
  const remove = () =>
    second.page.evaluate(removeOwnFolder).then(
      () => true,
      () => false,
    );
  await expect.poll(remove).toBe(true);
  await second.press("Resume exactly");
  await second.page
    .getByText("The folder real is gone: it was moved or deleted.")
    .first()
    .waitFor();
  const afterLoss = await second.step();
  await expect.poll(() => second.step()).toBeGreaterThan(afterLoss);
  await second.press("Stop");
  await second.waitForPhase("stopped");
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
  await differing.filter({ hasText: "Score, final model" }).waitFor();
  const findings = await seriousFindings(studio, "two runs compared", "main");
  await page.getByRole("radio", { name: "Light" }).check({ force: true });
  findings.push(...(await seriousFindings(studio, "two runs compared, light", "main", "colours")));
  await page.getByRole("radio", { name: "Dark" }).check({ force: true });
  expect(findings).toEqual([]);
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
  const held = new Set<WakeLockSentinel>();
  const seen = { told, held };
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
    held.add(lock);
    lock.addEventListener("release", () => held.delete(lock));
    return lock;
  };
}

interface Seen {
  readonly told: readonly string[];
  readonly held: ReadonlySet<WakeLockSentinel>;
}

/** Runs in the page. */
function watched() {
  const { told, held } = (globalThis as unknown as { seen: Seen }).seen;
  return { told, locks: held.size };
}

/** The page believes that nobody sees it, or that someone does again; a hidden one loses its locks. Runs in the page. */
async function look(state: string): Promise<void> {
  const { held } = (globalThis as unknown as { seen: Seen }).seen;
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  if (state === "hidden") await Promise.all([...held].map((lock) => lock.release()));
  document.dispatchEvent(new Event("visibilitychange"));
}
