import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import react from "@vitejs/plugin-react";
import { playwright } from "@vitest/browser-playwright";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { buildKernels } from "./scripts/build-kernels.ts";
import { chromiumFlags, findChromium } from "./scripts/chromium.ts";
import { contentSecurityPolicy, securityHeaders } from "./scripts/security-headers.ts";

/** Adds the policy to index.html at build only: it would block the dev server's own scripts. */
function contentSecurityPolicyTag(): Plugin {
  return {
    name: "content-security-policy-tag",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy },
        injectTo: "head-prepend",
      },
    ],
  };
}

/** Writes into the service worker which files the site has, and its headers; a changed file makes another version of it. */
function listSiteFiles(): Plugin {
  let root = "";
  return {
    name: "list-site-files",
    apply: "build",
    configResolved({ root: project, build }) {
      root = resolve(project, build.outDir);
    },
    async closeBundle() {
      const worker = join(root, "service-worker.js");
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      const paths = entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => path !== worker)
        .sort();
      const files = paths.map((path) => relative(root, path).split(sep).join("/"));
      const hash = createHash("sha256");
      for (const [i, path] of paths.entries())
        hash.update(`${files[i]}`).update(await readFile(path));
      const version = hash.digest("hex").slice(0, 16);
      const site = JSON.stringify({ version, files, headers: securityHeaders });
      const script = await readFile(worker, "utf8");
      await writeFile(
        worker,
        script.replace(/(["'`])__SITE_FILES__\1/u, () => JSON.stringify(site)),
      );
    },
  };
}

/** Compiles the CPU kernels that are out of date before anything asks for them, in builds, tests and the dev server. */
function cpuKernels(): Plugin {
  return { name: "cpu-kernels", config: buildKernels };
}

const executablePath = findChromium();

export default defineConfig({
  // Relative addresses: the built site works from any static host, in a sub-folder too.
  base: "./",
  plugins: [react(), contentSecurityPolicyTag(), listSiteFiles(), cpuKernels()],
  worker: { format: "es" },
  build: {
    target: "esnext",
    // An inlined asset would be a data: address, which the policy forbids for fonts and wasm.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ["index.html", "src/worker/service-worker.ts"],
      output: {
        // A service worker governs the folder that it lies in, and its address must never change.
        entryFileNames: ({ name }) =>
          name === "service-worker" ? "service-worker.js" : "assets/[name]-[hash].js",
      },
    },
    // tfjs in the worker is one large file; nobody waits for it on the first paint.
    chunkSizeWarningLimit: 2500,
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          environment: "node",
          include: ["tests/unit/**/*.test.ts"],
          // By itself Vitest leaves one core idle: on two cores it would use one.
          maxWorkers: "100%",
          // A thread starts faster than a process, and there are more than a hundred files.
          pool: "threads",
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "gpu",
          include: ["tests/gpu/**/*.test.ts"],
          testTimeout: 600_000,
          browser: {
            enabled: true,
            ui: false,
            screenshotFailures: false,
            // chromium-headless-shell has no WebGPU; --headless=new of the full browser has.
            headless: false,
            provider: playwright({
              launchOptions: {
                ...(executablePath === undefined ? {} : { executablePath }),
                args: [...chromiumFlags],
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          environment: "node",
          include: ["tests/e2e/**/*.test.ts"],
          exclude: ["tests/e2e/**/*.alone.test.ts"],
          // A visit waits more than it computes: two at a time fill two cores.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 600_000,
          hookTimeout: 120_000,
          // As long as Playwright waits for what should come into sight: a busy machine is not a fault.
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e-alone",
          environment: "node",
          include: ["tests/e2e/**/*.alone.test.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 600_000,
          hookTimeout: 120_000,
          // As long as Playwright waits for what should come into sight: a busy machine is not a fault.
          expect: { poll: { timeout: 30_000 } },
        },
      },
    ],
  },
});
