// Builds the parity page, serves it with the golden files, opens it in Chromium and asks it for each back end.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, resolve, sep } from "node:path";
import { chromium } from "playwright-core";
import { build } from "vite";
import { buildKernels } from "../build-kernels.ts";
import { chromiumFlags, ensureChromium } from "../chromium.ts";
import type { Parity } from "./measure.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** Measures models on one back end after the other. `note` is told what is under way. */
export async function measureInBrowser(
  models: readonly string[],
  backends: readonly string[],
  golden: string,
  note: (text: string) => void,
): Promise<Parity[]> {
  const folder = await mkdtemp(join(tmpdir(), "studio-parity-"));
  note("Building the page");
  await build({
    configFile: false,
    logLevel: "error",
    base: "./",
    publicDir: false,
    plugins: [{ name: "cpu-kernels", config: buildKernels }],
    worker: { format: "es" },
    build: {
      target: "esnext",
      assetsInlineLimit: 0,
      outDir: folder,
      emptyOutDir: true,
      rolldownOptions: { input: resolve("scripts/parity/page.html") },
    },
  });
  const server = serveFolders(folder, golden);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    headless: false,
    args: [...chromiumFlags],
  });
  try {
    const page = await browser.newPage();
    page.on("console", (message) => {
      if (message.type() === "info") note(message.text());
    });
    const parities: Parity[] = [];
    for (const backend of backends) {
      await page.goto(`http://127.0.0.1:${port}/scripts/parity/page.html`);
      await page.waitForFunction(() => "measure" in globalThis, null, { timeout: 120_000 });
      const result = await page.evaluate(
        ([name, chosen]) => (globalThis as unknown as { measure: Measure }).measure(name, chosen),
        [backend, [...models]] as const,
      );
      note(`${backend}: ${result.adapter}`);
      parities.push(...result.parities);
    }
    return parities;
  } finally {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type Measure = (
  backend: string,
  models: readonly string[],
) => Promise<{ parities: Parity[]; adapter: string }>;

/** The built page at /, the golden files below /golden/. */
function serveFolders(built: string, golden: string) {
  return createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? "").replace(/^\/|\?.*$/gu, ""));
    const isGolden = path.startsWith("golden/");
    const root = resolve(isGolden ? golden : built);
    const file = resolve(join(root, isGolden ? path.slice("golden/".length) : path));
    if (!file.startsWith(root + sep)) {
      response.writeHead(403).end();
      return;
    }
    readFile(file).then(
      (bytes) => {
        const type = types[extname(file)] ?? "application/octet-stream";
        response.writeHead(200, { "content-type": type }).end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
}
