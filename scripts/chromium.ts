// Finds a Chromium for the tests and, where there is none, installs Debian's. It starts nothing.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/**
 * Flags of every test browser: no sandbox (tests run as root in containers), WebGPU in software, no calls home. Those of
 * `CHROMIUM_FLAGS` come last and count: with `--use-webgpu-adapter=default` WebGPU is the machine's own.
 */
export const chromiumFlags: readonly string[] = [
  "--no-sandbox",
  "--headless=new",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // The address bar's list is a page of its own, which takes a quarter of a start's time. The last such flag counts: the
  // others are those of Playwright's that matter here.
  "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,AimEnabled,OptimizationHints,PreconnectToSearch,NetworkTimeServiceQuerying,MediaRouter,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,PaintHolding,AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,ThirdPartyStoragePartitioning",
  "--no-first-run",
  // A window that nobody sees still draws frames: Playwright waits by them.
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  ...(process.env.CHROMIUM_FLAGS?.split(/\s+/u).filter((flag) => flag !== "") ?? []),
];

const commands = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
];

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/** Path of a Chromium: `CHROMIUM_PATH`, a usual place, a command on the PATH, or Playwright's own; undefined where there is none. */
export function findChromium(): string | undefined {
  const wanted = process.env.CHROMIUM_PATH;
  if (wanted !== undefined && wanted !== "") return wanted;
  const downloaded = chromium.executablePath();
  return (
    places.find((place) => existsSync(place)) ??
    onPath() ??
    (existsSync(downloaded) ? downloaded : undefined)
  );
}

function onPath(): string | undefined {
  const locator = process.platform === "win32" ? "where" : "which";
  for (const command of commands) {
    const found = spawnSync(locator, [command], { encoding: "utf8" });
    const first = found.status === 0 ? found.stdout.split("\n")[0]?.trim() : undefined;
    if (first) return first;
  }
  return undefined;
}

/** Path of a Chromium; installs Debian's package where that is possible. Throws one sentence where it is not. */
export function ensureChromium(): string {
  const found = findChromium();
  if (found !== undefined) {
    if (existsSync(found)) return found;
    throw new Error(`CHROMIUM_PATH names ${found}, which does not exist.`);
  }
  installDebianChromium();
  const installed = findChromium();
  if (installed !== undefined) return installed;
  throw new Error(
    "The tests need Chromium or Chrome: install one, or set CHROMIUM_PATH to its executable.",
  );
}

function installDebianChromium(): void {
  if (spawnSync("which", ["apt-get"]).status !== 0) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync("sudo", ["-n", "true"]).status !== 0) return;
  const run = (...args: string[]) => {
    const [command, ...rest] = isRoot ? args : ["sudo", "-n", ...args];
    execFileSync(command as string, rest, { stdio: "inherit" });
  };
  process.stdout.write("No Chromium found: installing Debian's package.\n");
  try {
    run("apt-get", "update");
    run("apt-get", "install", "--yes", "--no-install-recommends", "chromium");
  } catch {
    // The caller says what to do when there is still no Chromium.
  }
}
