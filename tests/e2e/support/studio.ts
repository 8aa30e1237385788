// A driver that speaks the user's verbs. Closing it fails where the page broke its content security policy or threw.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { chromiumFlags, ensureChromium } from "../../../scripts/chromium.ts";

type Phase =
  | "idle"
  | "preparing"
  | "training"
  | "evaluating"
  | "paused"
  | "completed"
  | "stopped"
  | "failed"
  | "interrupted";

export interface StudioOptions {
  /** Address of the site. */
  readonly url: string;
  readonly backend?: "auto" | "webgpu" | "wasm" | "cpu";
  /** With `auto`: the software adapter counts as a graphics adapter. */
  readonly acceptSoftware?: boolean;
  readonly colorScheme?: "dark" | "light";
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Whether the service worker is started, which keeps the whole site for the next visit: a third of a visit's start. */
  readonly isKept?: boolean;
  /** Profile folder; a fresh one where none is given. */
  readonly profile?: string;
}

export interface Studio {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly profile: string;
  /** What went wrong on the page so far: policy violations, errors, failed requests. */
  readonly faults: readonly string[];
  /** Rail links and the like, by their visible name. */
  goTo(name: string): Promise<void>;
  chooseSample(): Promise<void>;
  dropDataset(file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void>;
  /** Sets controls of the training page by their Hugging Face names. */
  setArguments(values: Readonly<Record<string, string | boolean>>): Promise<void>;
  chooseMode(mode: "head" | "last" | "full" | "scratch"): Promise<void>;
  /** Waits until the data set is read and inspected. */
  waitForData(): Promise<void>;
  press(button: string): Promise<void>;
  phase(): Promise<Phase>;
  waitForPhase(...phases: readonly Phase[]): Promise<Phase>;
  /** The last value on the screen, or null. */
  metric(name: "loss" | "eval_loss" | "eval_accuracy"): Promise<number | null>;
  /** Updates done, from the bar at the foot; 0 where it shows none. */
  step(): Promise<number>;
  /** Presses "Download best checkpoint" and gives the file's path. */
  downloadBest(): Promise<string>;
  /** Presses a button that saves a file, and gives the file's path; its name is the one that the page proposed. */
  download(button: string | RegExp): Promise<string>;
  /** SIGKILL to the browser's main process. The profile stays. */
  kill(): Promise<void>;
  /** Ends the training worker from within, as a crash would. */
  killWorker(): Promise<void>;
  /** Closes the tab without asking it and opens the studio in a new one of the same browser. */
  replaceTab(): Promise<Studio>;
  /** Crashes the page's process, as one that runs out of memory, and opens the studio in a new tab. */
  crashTab(): Promise<Studio>;
  /** Opens the studio in a second tab of the same browser. */
  openTab(): Promise<Studio>;
  /** Closes the browser and throws where something went wrong on the page. */
  close(): Promise<void>;
}

/** Opens the studio in a browser of its own. */
export async function openStudio(options: StudioOptions): Promise<Studio> {
  const profile = options.profile ?? mkdtempSync(join(tmpdir(), "studio-profile-"));
  removeLocks(profile);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: ensureChromium(),
    // --headless=new stands among the flags: the old headless mode has no WebGPU.
    headless: false,
    args: [...chromiumFlags],
    viewport: options.viewport ?? { width: 1440, height: 900 },
    colorScheme: options.colorScheme ?? "dark",
    acceptDownloads: true,
    serviceWorkers: options.isKept === true ? "allow" : "block",
  });
  const software = options.acceptSoftware === true ? "&software" : "";
  const query = options.backend === undefined ? "" : `?backend=${options.backend}${software}`;
  const faults: string[] = [];
  const address = `${options.url}${query}`;
  const page = context.pages()[0] ?? (await context.newPage());
  const ownsProfile = options.profile === undefined;
  return openTab({ context, profile, faults, ownsProfile, address }, page);
}

interface Browser {
  readonly context: BrowserContext;
  readonly profile: string;
  readonly faults: string[];
  readonly ownsProfile: boolean;
  readonly address: string;
}

async function openTab(browser: Browser, page: Page): Promise<Studio> {
  watch(page, browser.faults);
  // tsx names inner functions by a helper that does not exist in the page.
  await page.addInitScript("globalThis.__name = (inner) => inner");
  await page.goto(browser.address);
  return createDriver(browser, page);
}

/** An empty tab: one that stands ready, or a new one. */
const blankTab = async (context: BrowserContext): Promise<Page> =>
  context.pages().find((page) => page.url() === "about:blank") ?? (await context.newPage());

function removeLocks(profile: string): void {
  for (const name of readdirSync(profile)) {
    if (name.startsWith("Singleton")) rmSync(join(profile, name), { force: true });
  }
}

const tellViolations = `addEventListener("securitypolicyviolation", (event) => {
  console.error("policy violation in a worker: " + event.violatedDirective + " " + event.blockedURI);
})`;

function watch(page: Page, faults: string[]): void {
  page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  // A violation inside a worker reaches no console by itself: the worker is made to tell it.
  page.on("worker", (worker) => {
    // A worker that ended meanwhile has nothing to tell.
    worker.evaluate(tellViolations).catch(() => {});
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    // The browser's word for a request that a reload overtook.
    if (reason !== "net::ERR_ABORTED") faults.push(`request failed: ${request.url()} ${reason}`);
  });
}

function createDriver(browser: Browser, page: Page): Studio {
  const { context, profile, faults, ownsProfile } = browser;
  const status = page.locator("[role=status][data-phase]");
  const goTo = async (name: string) => {
    await page.getByRole("navigation").getByRole("button", { name }).first().click();
  };
  const download = async (button: string | RegExp) => {
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).click();
    const saved = await waiting;
    // In the profile, so that it goes when the profile goes.
    const path = join(profile, "downloads", saved.suggestedFilename());
    await saved.saveAs(path);
    return path;
  };
  return {
    page,
    context,
    profile,
    faults,
    goTo,
    async chooseSample() {
      await page.getByRole("button", { name: /Reviews, good or bad/u }).click();
    },
    async dropDataset(file) {
      await page.locator('input[type=file][name="dataset"]').setInputFiles(file);
    },
    async setArguments(values) {
      for (const [name, value] of Object.entries(values)) {
        const control = page.locator(`[name="${name}"]`);
        await control.evaluate((element) => {
          const group = element.closest("details");
          if (group !== null) group.open = true;
        });
        if (typeof value === "boolean") await control.setChecked(value, { force: true });
        else if ((await control.evaluate((element) => element.tagName)) === "SELECT") {
          await control.selectOption(value);
        } else await control.fill(value);
      }
    },
    async waitForData() {
      await page
        .getByText(/rows? trains?, /u)
        .first()
        .waitFor();
      await page.waitForTimeout(100);
      while ((await page.locator('[aria-busy="true"]').count()) > 0) await page.waitForTimeout(50);
    },
    async chooseMode(mode) {
      await page.locator(`[name="mode"][value="${mode}"]`).check({ force: true });
    },
    press: (button) => page.getByRole("button", { name: button, exact: true }).click(),
    async phase() {
      return (await status.getAttribute("data-phase")) as Phase;
    },
    async waitForPhase(...phases) {
      const deadline = Date.now() + 900_000;
      for (;;) {
        const now = (await status.getAttribute("data-phase")) as Phase;
        if (phases.includes(now)) return now;
        if (Date.now() > deadline) throw new Error(`Waited for ${phases}, but the run is ${now}.`);
        await page.waitForTimeout(50);
      }
    },
    async metric(name) {
      const element = page.locator(`[data-metric="${name}"]`);
      return (await element.count()) === 0 ? null : Number(await element.first().textContent());
    },
    async step() {
      const shown = page.locator("footer").getByText(/^step/u);
      if ((await shown.count()) === 0) return 0;
      const done = /^step ([\d,]+)/u.exec((await shown.first().textContent()) ?? "")?.[1];
      return Number(done?.replaceAll(",", "") ?? 0);
    },
    downloadBest: () => download("Download best checkpoint"),
    download,
    async kill() {
      // Chromium's profile lock is a link to "<host>-<process id>".
      const link = await readlink(join(profile, "SingletonLock"));
      process.kill(Number(link.slice(link.lastIndexOf("-") + 1)), "SIGKILL");
      await context.close().catch(() => {});
    },
    async killWorker() {
      const workers = page.workers().filter((worker) => worker.url().includes("trainer"));
      await Promise.all(workers.map((worker) => worker.evaluate("self.close()")));
    },
    async replaceTab() {
      const next = await blankTab(context);
      await page.close({ runBeforeUnload: false });
      return openTab(browser, next);
    },
    async crashTab() {
      const session = await context.newCDPSession(page);
      const crashed = page.waitForEvent("crash");
      // It gets no answer: who would give it is gone.
      session.send("Page.crash").catch(() => {});
      await crashed;
      const next = await openTab(browser, await blankTab(context));
      // Nobody answers for a crashed page: its end is not waited for.
      page.close().catch(() => {});
      return next;
    },
    async openTab() {
      return openTab(browser, await context.newPage());
    },
    async close() {
      await context.close();
      if (ownsProfile) rmSync(profile, { recursive: true, force: true });
      if (faults.length > 0) throw new Error(`The page had faults:\n${faults.join("\n")}`);
    },
  };
}
