import react from "@vitejs/plugin-react";
import { playwright } from "@vitest/browser-playwright";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { chromiumFlags, findChromium } from "./scripts/chromium.ts";
import { contentSecurityPolicy } from "./scripts/security-headers.ts";

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

const executablePath = findChromium();

export default defineConfig({
  // Relative addresses: the built site works from any static host, in a sub-folder too.
  base: "./",
  plugins: [react(), contentSecurityPolicyTag()],
  worker: { format: "es" },
  build: {
    target: "esnext",
    // An inlined asset would be a data: address, which the policy forbids for fonts and wasm.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
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
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "gpu",
          include: ["tests/gpu/**/*.test.ts"],
          testTimeout: 240_000,
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
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
