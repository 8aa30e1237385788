// Builds the benchmark's page, which never ships with the site: `npm run benchmark:speed`.
import { defineConfig } from "vite";
import { buildKernels } from "./scripts/build-kernels.ts";

export default defineConfig({
  root: "benchmarks/speed",
  base: "./",
  publicDir: "../../public",
  plugins: [{ name: "cpu-kernels", config: buildKernels }],
  worker: { format: "es" },
  build: {
    target: "esnext",
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2500,
  },
});
