// One server for a test file, one browser for a test: `test` with a studio that is closed and checked afterwards.
import { test as base } from "vitest";
import { type StaticServer, serve } from "../../../scripts/serve.ts";
import { openStudio, type Studio, type StudioOptions } from "./studio.ts";

type Open = (options?: Partial<StudioOptions>) => Promise<Studio>;

export const test = base.extend<{ server: StaticServer; open: Open }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads a fixture's needs from this pattern.
  server: async ({}, use) => {
    const server = await serve();
    await use(server);
    await server.close();
  },
  /** Opens the studio on wasm; every studio opened is closed after the test, which fails on any fault of the page. */
  open: async ({ server }, use) => {
    const opened: Studio[] = [];
    await use(async (options = {}) => {
      const studio = await openStudio({ url: server.url, backend: "wasm", ...options });
      opened.push(studio);
      return studio;
    });
    for (const studio of opened) await studio.close();
  },
});
