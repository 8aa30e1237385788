// What does a training step on WebGPU ask of the GPU? Counted by wrapping the API, on whatever adapter there is: the counts are the
// same on all, the times are not and nothing depends on them. Beside it the same BERT in plain tfjs and in jax-js. Options: --no-build (the page is
// built), --steps=1000 (for the growth), --json (the last line is one JSON object). Exits with 1 where a limit is missed.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { CountResult, CountsPage, Growth, Side } from "../benchmarks/counts/page.ts";
import type { Size } from "../src/trainer/device-benchmark/size.ts";
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

const beyond = ({ bytes, parameters }: CountResult): number => bytes - 16 * parameters;

const tokens = size.batch * size.seq;
/**
 * Bytes of a layer's activations that a fused backward pass needs: 4T (4d + 2d_kv + 2ff + h), for float32 and attention that computes
 * its scores again. Counted like Korthikanti et al. 2022 (https://arxiv.org/abs/2205.05198) count theirs.
 */
const savedByLayer = 4 * tokens * (6 * size.width + 2 * size.inner + size.heads);
/** Bytes that a backward pass needs of the forward one: a layer's input, its projections, the mixed values, two sums before norms, what leaves the first norm, and both sides of the activation; and the embeddings' sum. */
const savedByModel = (layers: number) =>
  4 * tokens * (layers * (8 * size.width + 2 * size.inner) + size.width);
/** The loss of a language model. */
const loss = { rows: 2048, width: 64, vocabulary: 50_257 };

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
  const count = (side: Side, layers: number): Promise<CountResult> => {
    write(`counting: ${side}, ${layers} layers`);
    return page.evaluate(
      ({ side, size, warm }) =>
        (window as unknown as { counts: CountsPage }).counts.count(side, size, warm),
      { side, size: { ...size, layers }, warm: side === "stock" || side === "jax" ? 2 : 4 },
    );
  };
  const pair = async (side: Side) => [await count(side, 1), await count(side, 2)] as const;
  const [bert, llama] = [await pair("bert"), await pair("llama")];
  const [gpt2, gemma] = [await pair("gpt2"), await pair("gemma")];
  const [stock, jax] = [await pair("stock"), await pair("jax")];
  const lossBytes = await page.evaluate(
    ({ rows, width, vocabulary }) =>
      (window as unknown as { counts: CountsPage }).counts.lossBytes(rows, width, vocabulary),
    loss,
  );
  write(`growing: ${growthSteps} steps`);
  const grow = (side: Side): Promise<Growth> =>
    page.evaluate(
      ({ side, tiny, steps }) =>
        (window as unknown as { counts: CountsPage }).counts.grow(side, tiny, steps),
      { side, tiny, steps: growthSteps },
    );
  const growth = { BERT: await grow("bert"), Llama: await grow("llama") };
  report({ adapter, bert, llama, gpt2, gemma, stock, jax, lossBytes, growth });
}

type Pair = readonly [CountResult, CountResult];

/** All that was counted. */
interface Counted {
  readonly adapter: string;
  readonly bert: Pair;
  readonly llama: Pair;
  readonly gpt2: Pair;
  readonly gemma: Pair;
  readonly stock: Pair;
  readonly jax: Pair;
  readonly lossBytes: number;
  readonly growth: Readonly<Record<string, Growth>>;
}

/** Kernels of the end of an update. */
function isOptimizer(label: string): boolean {
  return /^(?:gatherGradients|gatherSum|sumSquares|finishGradients|adamw)/u.test(label);
}

function dispatches({ counts }: CountResult, which: (label: string) => boolean): number {
  return Object.entries(counts.dispatches)
    .filter(([label]) => which(label))
    .reduce((sum, [, count]) => sum + count, 0);
}

function report(counted: Counted): void {
  const { adapter, bert, llama, gpt2, gemma, stock, jax } = counted;
  const limits = [...judgeStep("BERT", bert), ...judgeStep("Llama", llama), ...judgeRest(counted)];
  const columns = [
    ...[["BERT", bert] as const, ["Llama", llama] as const],
    ...[["GPT-2", gpt2] as const, ["Gemma 3", gemma] as const],
    ...[["tfjs BERT", stock] as const, ["jax-js BERT", jax] as const],
  ];
  write(
    `${"".padEnd(46)}${columns
      .map(([name]) => name)
      .map((name) => name.padStart(12))
      .join("")}`,
  );
  const row = (what: string, of: (pair: Pair) => number) =>
    write(`${what.padEnd(46)}${columns.map(([, pair]) => format(of(pair), 12)).join("")}`);
  row("dispatches a layer, optimiser included", ([one, two]) => {
    return dispatches(two, () => true) - dispatches(one, () => true);
  });
  row("submits a layer", ([one, two]) => two.counts.submits - one.counts.submits);
  for (const name of ["submits", "buffers", "bindGroups", "writes", "passes"] as const) {
    row(`${name} of a step, 2 layers`, ([, two]) => two.counts[name]);
  }
  row("bytes on the GPU, 2 layers", ([, two]) => two.bytes);
  // What a barrier or a submission costs a processor says nothing of a GPU.
  const kind = /swiftshader|llvmpipe/iu.test(adapter) ? "software adapter" : adapter;
  row(`ms of a step, 2 layers, ${kind}`, ([, two]) => two.milliseconds);
  for (const [name, [one, two]] of columns.slice(0, 4)) {
    write(`kernels of a step, ${name}, 2 layers: ${JSON.stringify(two.counts.dispatches)}`);
    const problem = two.problem ?? one.problem;
    if (problem !== null) write(`not captured: ${problem}`);
  }
  for (const { what, value, limit } of limits) {
    const word = value <= limit ? "met" : "MISSED";
    write(`${word}: ${what}: ${format(value, 0)}, at most ${format(limit, 0)}`);
  }
  if (args.includes("--json")) write(JSON.stringify({ size, ...counted, limits }));
  process.exitCode = limits.every(({ value, limit }) => value <= limit) ? 0 : 1;
}

function judgeStep(name: string, [one, two]: Pair): Limit[] {
  const model = (result: CountResult) => dispatches(result, (label) => !isOptimizer(label));
  const { counts, tensors } = two;
  return [
    {
      what: `${name}: dispatches a layer, forward and backward, all weights`,
      ...{ value: model(two) - model(one), limit: 30 },
    },
    {
      what: `${name}: dispatches of the optimiser with clipping, ${tensors} tensors`,
      ...{ value: dispatches(two, isOptimizer), limit: 0.4 * tensors + 4 },
    },
    { what: `${name}: submits of a step`, ...{ value: counts.submits, limit: 1 } },
    { what: `${name}: buffers created in a step`, ...{ value: counts.buffers, limit: 0 } },
    { what: `${name}: bind groups created in a step`, ...{ value: counts.bindGroups, limit: 0 } },
    { what: `${name}: writeBuffer calls of a step`, ...{ value: counts.writes, limit: 6 } },
    {
      what: `${name}: bytes of a layer beyond weights, gradients and moments, over the formula`,
      ...{ value: (beyond(two) - beyond(one)) / savedByLayer, limit: 1.3 },
    },
    {
      what: `${name}: bytes beyond weights, gradients and moments, over the saved activations`,
      ...{ value: beyond(two) / savedByModel(2), limit: 1.3 },
    },
  ];
}

function judgeRest({ lossBytes, growth }: Counted): Limit[] {
  return [
    {
      what: `bytes of the loss of ${loss.rows} tokens at ${loss.vocabulary} classes, states and gradients left out`,
      ...{ value: lossBytes, limit: 64 * 1024 ** 2 },
    },
    ...Object.entries(growth).flatMap(([name, grown]) => judgeGrowth(name, grown)),
  ];
}

function judgeGrowth(name: string, { bytes, tensors, heap }: Growth): Limit[] {
  const over = `grown over ${growthSteps} steps`;
  return [
    { what: `${name}: bytes ${over}`, ...{ value: bytes, limit: 0 } },
    { what: `${name}: tensors ${over}`, ...{ value: tensors, limit: 0 } },
    { what: `${name}: JS heap ${over}`, ...{ value: heap, limit: 1e6 } },
  ];
}

function format(value: number, width: number): string {
  return (Number.isInteger(value) ? String(value) : value.toFixed(2)).padStart(width);
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
