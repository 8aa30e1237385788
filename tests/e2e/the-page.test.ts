// The page itself: accessibility, keyboard, hosts, what a browser lacks.
import AxeBuilder from "@axe-core/playwright";
import { expect } from "vitest";
import { serve } from "../../scripts/serve.ts";
import { reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";
import { openStudio, type Studio } from "./support/studio.ts";

const railPages = ["Model", "Data", "Training", "Run", "Results", "Playground"];

async function seriousFindings(studio: Studio, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: studio.page as never }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${where}: ${id} at ${nodes.map(({ target }) => target).join(" ")}`);
}

test("axe finds nothing serious or critical on any page, in both themes, empty and with a finished run", async ({
  open,
}) => {
  const findings: string[] = [];
  const studio = await open();
  findings.push(...(await seriousFindings(studio, "welcome")));
  for (const name of railPages) {
    await studio.goTo(name);
    findings.push(...(await seriousFindings(studio, `${name}, empty`)));
  }
  await studio.goTo("Data");
  await studio.dropDataset(reviews(60));
  await studio.goTo("Training");
  await studio.setArguments({ num_train_epochs: "2", max_length: "16", logging_steps: "1" });
  await studio.press("Start training");
  await studio.waitForPhase("completed");
  for (const theme of ["Dark", "Light"]) {
    await studio.page.getByRole("radio", { name: theme }).check({ force: true });
    for (const name of railPages) {
      await studio.goTo(name);
      await studio.page.waitForTimeout(200);
      findings.push(...(await seriousFindings(studio, `${name}, ${theme}`)));
    }
  }
  expect(findings).toEqual([]);
});

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

test("the site works in a sub-folder of a host", async ({ open }) => {
  const server = await serve({ folder: "/tools/studio/" });
  try {
    const studio = await open({ url: server.url });
    await studio.dropDataset(reviews(40));
    await studio.goTo("Training");
    await studio.setArguments({ num_train_epochs: "1", max_length: "8" });
    await studio.press("Start training");
    expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  } finally {
    await server.close();
  }
});

test("no page scrolls sideways on a phone", async ({ open }) => {
  const studio = await open({ viewport: { width: 390, height: 844 } });
  await studio.dropDataset(reviews(60));
  await studio.goTo("Training");
  await studio.setArguments({ num_train_epochs: "1", max_length: "8" });
  await studio.press("Start training");
  await studio.waitForPhase("completed");
  for (const name of railPages) {
    await studio.goTo(name);
    await studio.page.waitForTimeout(150);
    const wide = await studio.page.evaluate(() => {
      const page = document.querySelector("main");
      return (
        (page?.scrollWidth ?? 0) > (page?.clientWidth ?? 0) ||
        document.body.scrollWidth > innerWidth
      );
    });
    expect(wide, name).toBe(false);
  }
});

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

test("the second visit works without a network, on a host that sends no headers too", async () => {
  const server = await serve({ folder: "/studio/", headers: false });
  const first = await openStudio({ url: server.url, backend: "wasm" });
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
