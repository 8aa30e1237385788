// Serves the parity page with Vite, opens it in Chromium and asks it for each back end.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { createServer, type Plugin } from "vite";
import { chromiumFlags, ensureChromium } from "../chromium.ts";
import type { Parity } from "./measure.ts";

/** Serves the golden folder below /golden/. */
const goldenFiles = (folder: string): Plugin => ({
  name: "golden-files",
  configureServer(server) {
    server.middlewares.use("/golden/", (request, response) => {
      const path = decodeURIComponent((request.url ?? "").replace(/^\/|\?.*$/gu, ""));
      const file = resolve(join(folder, path));
      if (!file.startsWith(resolve(folder))) {
        response.writeHead(403).end();
        return;
      }
      readFile(file).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
  },
});

/** Measures models on one back end after the other. `note` is told what is under way. */
export async function measureInBrowser(
  models: readonly string[],
  backends: readonly string[],
  golden: string,
  note: (text: string) => void,
): Promise<Parity[]> {
  const server = await createServer({
    logLevel: "error",
    plugins: [goldenFiles(golden)],
    server: { port: 0 },
  });
  await server.listen();
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
      await page.goto(new URL("scripts/parity/page.html", server.resolvedUrls?.local[0]).href, {
        // Vite bundles tfjs before it answers the first time.
        waitUntil: "commit",
        timeout: 120_000,
      });
      await page.waitForFunction(() => "measure" in globalThis, null, { timeout: 120_000 });
      const result = await page.evaluate<{ parities: Parity[]; adapter: string }>(
        `measure(${JSON.stringify(backend)}, ${JSON.stringify(models)})`,
      );
      note(`${backend}: ${result.adapter}`);
      parities.push(...result.parities);
    }
    return parities;
  } finally {
    await browser.close();
    await server.close();
  }
}
