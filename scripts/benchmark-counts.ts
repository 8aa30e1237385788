// What does a training step on WebGPU ask of the GPU? Counted by wrapping the API, on whatever adapter there is: the counts are the
// same on all, the times are not and nothing depends on them. Beside it the same model in plain tfjs. Options: --no-build (the page is
// built), --steps=1000 (for the growth), --json (the last line is one JSON object). Exits with 1 where a limit is missed.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { CountResult, CountsPage, Growth, Side } from "../benchmarks/counts/page.ts";
import type { Size } from "../benchmarks/counts/size.ts";
import { chromiumFlags, ensureChromium } from "./chromium.ts";
import { serve } from "./serve.ts";

interface Limit {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
}

const size: Size = {
  ...{ layers: 1, width: 128, heads: 4, inner: 512, vocabulary: 512, batch: 1, seq: 128 },
};
const tiny: Size = {
  ...{ layers: 1, width: 16, heads: 2, inner: 32, vocabulary: 64, batch: 1, seq: 8 },
};

const args = process.argv.slice(2);
const growthSteps = Number(args.find((arg) => arg.startsWith("--steps="))?.slice(8) ?? 1000);
const site = fileURLToPath(new URL("../benchmarks/counts/dist/", import.meta.url));
if (!args.includes("--no-build")) buildPage();

const server = await serve({ root: site, headers: {} });
const browser = await chromium.launch({
  executablePath: ensureChromium(),
  headless: false,
  args: [...chromiumFlags, "--enable-precise-memory-info", "--js-flags=--expose-gc"],
});
try {
  await measureAll();
} finally {
  await browser.close();
  await server.close();
}

function buildPage(): void {
  const command =
    "npx vite build benchmarks/counts --config vite.benchmark.config.ts --logLevel warn";
  const { status } = spawnSync(command, { stdio: "inherit", shell: true });
  if (status !== 0) throw new Error("The benchmark's page was not built.");
}

async function measureAll(): Promise<void> {
  const page = await browser.newPage();
  page.on("pageerror", (error) => write(`error: ${error.message}`));
  await page.goto(server.url);
  const adapter = await page.evaluate(() =>
    (window as unknown as { counts: CountsPage }).counts.describe(),
  );
  write(`adapter: ${adapter}. Counts hold for every adapter, times for this one alone.`);
  const count = (side: Side, layers: number): Promise<CountResult> =>
    page.evaluate(
      ({ side, size, warm }) =>
        (window as unknown as { counts: CountsPage }).counts.count(side, size, warm),
      { side, size: { ...size, layers }, warm: side === "ours" ? 4 : 2 },
    );
  const ours = [await count("ours", 1), await count("ours", 2)] as const;
  const stock = [await count("stock", 1), await count("stock", 2)] as const;
  const growth = await page.evaluate(
    ({ tiny, steps }) => (window as unknown as { counts: CountsPage }).counts.grow(tiny, steps),
    { tiny, steps: growthSteps },
  );
  report(adapter, ours, stock, growth);
}

/** Kernels of the end of an update. */
function isOptimizer(label: string): boolean {
  return /^(?:gatherGradients|gatherLoss|sumSquares|finishGradients|adamw)/u.test(label);
}

function dispatches({ counts }: CountResult, which: (label: string) => boolean): number {
  return Object.entries(counts.dispatches)
    .filter(([label]) => which(label))
    .reduce((sum, [, count]) => sum + count, 0);
}

function report(
  adapter: string,
  ours: readonly [CountResult, CountResult],
  stock: readonly [CountResult, CountResult],
  growth: Growth,
): void {
  const limits = judge(ours, growth);
  const perLayer = (pair: readonly [CountResult, CountResult], of: (r: CountResult) => number) =>
    of(pair[1]) - of(pair[0]);
  const row = (what: string, mine: number, theirs: number) =>
    write(`${what.padEnd(44)} ours ${format(mine)}  stock tfjs ${format(theirs)}`);
  row(
    "dispatches a layer, optimiser included",
    perLayer(ours, (each) => dispatches(each, () => true)),
    perLayer(stock, (each) => dispatches(each, () => true)),
  );
  for (const name of ["submits", "buffers", "bindGroups", "writes", "passes"] as const) {
    row(`${name} of a step, 2 layers`, ours[1].counts[name], stock[1].counts[name]);
  }
  row("bytes on the GPU, 2 layers", ours[1].bytes, stock[1].bytes);
  row(
    "milliseconds of a step, 2 layers, this adapter",
    ours[1].milliseconds,
    stock[1].milliseconds,
  );
  write(`kernels of a step, 2 layers: ${JSON.stringify(ours[1].counts.dispatches)}`);
  const problem = ours[1].problem ?? ours[0].problem;
  if (problem !== null) write(`not captured: ${problem}`);
  for (const { what, value, limit } of limits) {
    const word = value <= limit ? "met" : "MISSED";
    write(`${word}: ${what}: ${format(value)}, at most ${format(limit)}`);
  }
  if (args.includes("--json")) {
    write(JSON.stringify({ adapter, size, ours, stock, growth, limits }));
  }
  process.exitCode = limits.every(({ value, limit }) => value <= limit) ? 0 : 1;
}

function judge(ours: readonly [CountResult, CountResult], growth: Growth): Limit[] {
  const [one, two] = ours;
  const model = (result: CountResult) => dispatches(result, (label) => !isOptimizer(label));
  const { counts, tensors, bytes, parameters } = two;
  return [
    {
      what: "dispatches a layer, forward and backward, all weights",
      ...{ value: model(two) - model(one), limit: 30 },
    },
    {
      what: `dispatches of the optimiser with clipping, ${tensors} tensors`,
      ...{ value: dispatches(two, isOptimizer), limit: 0.4 * tensors + 4 },
    },
    { what: "submits of a step", ...{ value: counts.submits, limit: 1 } },
    { what: "buffers created in a step", ...{ value: counts.buffers, limit: 0 } },
    { what: "bind groups created in a step", ...{ value: counts.bindGroups, limit: 0 } },
    { what: "writeBuffer calls of a step", ...{ value: counts.writes, limit: 6 } },
    {
      what: "bytes beyond weights, gradients and moments, over the saved activations",
      ...{ value: (bytes - 16 * parameters) / savedActivations(2), limit: 1.3 },
    },
    { what: `bytes grown over ${growthSteps} steps`, ...{ value: growth.bytes, limit: 0 } },
    { what: `tensors grown over ${growthSteps} steps`, ...{ value: growth.tensors, limit: 0 } },
    { what: `JS heap grown over ${growthSteps} steps`, ...{ value: growth.heap, limit: 1e6 } },
  ];
}

/** Bytes that a backward pass needs of the forward one: a layer's input, its projections, the mixed values, two sums before norms, what leaves the first norm, and both sides of the activation; and the embeddings' sum. */
function savedActivations(layers: number): number {
  const tokens = size.batch * size.seq;
  return 4 * tokens * (layers * (8 * size.width + 2 * size.inner) + size.width);
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value).padStart(9) : value.toFixed(2).padStart(9);
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
