// The page itself: accessibility, keyboard, a phone, hosts, what a browser lacks.
import { expect } from "vitest";
import { serve } from "../../scripts/serve.ts";
import { seriousFindings } from "./support/axe.ts";
import { reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";
import { openStudio, type Studio } from "./support/studio.ts";

const railPages = [
  "Model",
  "Data",
  "Training",
  "Run",
  "Results",
  "Playground",
  "Files",
  "History",
  "Learn",
];

test("axe finds nothing serious on any page, in both themes, empty and with a finished run, and nothing scrolls sideways on a phone", async ({
  open,
}) => {
  const findings: string[] = [];
  const studio = await open();
  const { page } = studio;
  findings.push(...(await seriousFindings(studio, "welcome")));
  for (const name of railPages) {
    await studio.goTo(name);
    findings.push(...(await seriousFindings(studio, `${name}, empty`, "main")));
  }
  await studio.goTo("Data");
  await studio.dropDataset(reviews(60));
  await studio.goTo("Training");
  await studio.setArguments({ num_train_epochs: "2", max_length: "16", logging_steps: "1" });
  await studio.press("Start training");
  await studio.waitForPhase("completed");
  // The rail and the bars above and below once, then only what each page adds.
  findings.push(...(await seriousFindings(studio, "around the pages")));
  for (const [theme, rules] of [
    ["Dark", "all"],
    ["Light", "colours"],
  ] as const) {
    await page.getByRole("radio", { name: theme }).check({ force: true });
    for (const name of railPages) {
      await studio.goTo(name);
      await settle(studio, name);
      const part = theme === "Light" && name === "Model" ? "body" : "main";
      findings.push(...(await seriousFindings(studio, `${name}, ${theme}`, part, rules)));
    }
  }
  expect(findings).toEqual([]);

  await page.setViewportSize({ width: 390, height: 844 });
  for (const name of railPages) {
    await studio.goTo(name);
    await settle(studio, name);
    expect(await page.evaluate(isTooWide), name).toBe(false);
  }
});

/** Waits until a page shows what it holds, and brings out what is shown only on demand. */
async function settle({ page }: Studio, name: string): Promise<void> {
  await expect.poll(() => page.locator('main [aria-busy="true"]').count()).toBe(0);
  if (name === "Run") await page.getByRole("slider", { name: /^Loss: values/u }).press("End");
  if (name !== "Files") return;
  const file = page.getByRole("treeitem", { name: /^File trainer_state\.json/u });
  for (const folder of [/^Folder results,/u, /^Folder checkpoint/u]) {
    if ((await file.count()) > 0) break;
    await page.getByRole("treeitem", { name: folder }).first().click();
  }
  await file.first().click();
  await page.getByText('"log_history"').first().waitFor();
}

/** Runs in the page. */
function isTooWide(): boolean {
  const main = document.querySelector("main");
  return (
    (main?.scrollWidth ?? 0) > (main?.clientWidth ?? 0) || document.body.scrollWidth > innerWidth
  );
}

test("the whole job works from the keyboard", async ({ open }) => {
  const studio = await open();
  await press(studio, /Reviews, good or bad/u);
  await studio.page.getByText(/2,400 rows train/u).waitFor();
  await studio.page.locator('[name="max_train_rows"]').focus();
  await studio.page.keyboard.type("40");
  await studio.page.keyboard.press("Enter");
  await studio.page.keyboard.press("Tab");
  await studio.page.getByText(/40 rows train/u).waitFor();
  await press(studio, /^Training/u);
  await studio.page.locator('[name="num_train_epochs"]').focus();
  await studio.page.keyboard.press("Control+A");
  await studio.page.keyboard.type("1");
  await press(studio, /^Start training$/u);
  await studio.waitForPhase("completed");
  await press(studio, /^Results/u);
  await studio.page.getByRole("heading", { name: /held-out rows are right/u }).waitFor();
  await studio.page.locator('input[name="text"]').focus();
  await studio.page.keyboard.type("a lovely film");
  await studio.page.keyboard.press("Enter");
  await studio.page.locator("[data-probability]").first().waitFor();
});

/** Tabs to a button as a person without a mouse does, and presses it. Fails where the tab order never reaches it. */
async function press(studio: Studio, name: RegExp): Promise<void> {
  const target = studio.page.getByRole("button", { name }).first();
  await target.waitFor();
  for (let stops = 0; stops < 120; stops += 1) {
    await studio.page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) {
      await studio.page.keyboard.press("Enter");
      return;
    }
  }
  throw new Error(`120 tab stops do not reach ${name}.`);
}

test("without a WebGPU adapter of its own the studio says what runs and why, and the choice can be changed", async ({
  open,
}) => {
  const studio = await open({ backend: "auto" });
  const chip = studio.page.getByRole("button", { name: /^Device: WebAssembly/u });
  await chip.waitFor({ timeout: 60_000 });
  await chip.click();
  await studio.page.getByText(/is software and slower than WebAssembly/u).waitFor();
  await studio.page.locator('select[name="backend"]').selectOption("cpu");
  await studio.page
    .getByRole("button", { name: /^Device: JavaScript/u })
    .waitFor({ timeout: 60_000 });
});

test("beside a graphics adapter the faster back end for a run is measured and remembered, and a run goes on where it ran", async ({
  open,
}) => {
  const studio = await open({ backend: "auto", acceptSoftware: true });
  const { page } = studio;
  await page.getByRole("button", { name: /^Device: WebGPU/u }).waitFor({ timeout: 60_000 });
  await studio.dropDataset(reviews(40));
  await studio.waitForData();
  await studio.goTo("Training");
  await studio.chooseMode("head");
  await studio.setArguments({ num_train_epochs: "1000", max_length: "16" });
  await studio.setArguments({ save_strategy: "steps", evaluation_strategy: "no" });
  await studio.setArguments({ save_steps: "20", load_best_model_at_end: false });
  await studio.press("Start training");
  await page.getByText("Measuring how fast WebGPU is here").first().waitFor();
  await studio.press("Stop");
  await page.getByText("The start was taken back. Nothing was stored.").waitFor();
  await studio.press("Start training");
  await studio.waitForPhase("training");
  // Which of the two it is, the machine decides; here the adapter is software.
  await page.getByRole("button", { name: /^Device: WebAssembly/u }).click();
  await page
    .getByText(/WebAssembly is the faster one for such a run: .+ WebGPU takes /u)
    .first()
    .waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("checkpoint-20", { exact: true }).first().waitFor();

  const later = await studio.replaceTab();
  await later.goTo("Run");
  await later.page.getByRole("button", { name: "Resume exactly" }).waitFor({ timeout: 60_000 });
  await later.page.getByRole("button", { name: /^Device: WebAssembly/u }).waitFor();
  await later.press("Resume exactly");
  await later.waitForPhase("training");
});

test("the site works in a sub-folder of a host that sends no headers, and the second visit without a network", async () => {
  const server = await serve({ folder: "/studio/", headers: false });
  const first = await openStudio({ url: server.url, backend: "wasm", isKept: true });
  const { page } = first;
  // The page reloads itself once, so that the service worker's headers isolate it.
  await page.waitForFunction(() => globalThis.crossOriginIsolated);
  const isKept = () =>
    page.evaluate(async () => (await caches.match("samples/sentiment.csv")) !== undefined);
  await expect.poll(isKept, { timeout: 60_000 }).toBe(true);
  await server.close();

  await page.reload();
  await first.chooseSample();
  await page.getByText(/2,400 rows train/u).waitFor();
  await first.dropDataset(reviews(60));
  await first.goTo("Training");
  await first.setArguments({ num_train_epochs: "1", max_length: "16" });
  await first.press("Start training");
  await first.waitForPhase("completed");
  expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
  await first.close();
});
