// How fast is the CPU path? Whole training steps of a GPT-like model and USE lite, and the matrix product alone, against
// jax-js, plain tfjs-wasm, PyTorch (where Python has it) and the studio's own code before the kernels. Every contender has a
// worker in one page; they take turns, and the median of their turns counts. Options: --rounds=5, --only=small,large,gemm,use-lite,
// --against=jax-js,tfjs-wasm,PyTorch (all without it), --no-build (the page is built), --json (the last line is one JSON object).
// Exits with 1 where a limit is missed.
// Debian's PyTorch takes the plainest BLAS unless another is installed (apt-get install libopenblas0-openmp): it is 50 times slower
// and no peer, so that its times are printed and not judged.
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright-core";
import { gptSizes } from "../benchmarks/speed/gpt-size.ts";
import type { Task } from "../benchmarks/speed/messages.ts";
import type { BenchmarkPage } from "../benchmarks/speed/page.ts";
import { chromiumFlags, ensureChromium } from "./chromium.ts";
import { securityHeaders } from "./security-headers.ts";
import { serve } from "./serve.ts";
import { startTorch, type Torch } from "./torch-peer.ts";

type Script = Parameters<BenchmarkPage["prepare"]>[1];

/** Someone who can do a task: a worker of the page, or PyTorch. */
interface Contender {
  readonly name: string;
  prepare(task: Task): Promise<string>;
  run(steps: number): Promise<{ milliseconds: number; loss: number }>;
  end(): Promise<void>;
}

interface Result {
  readonly task: string;
  readonly contender: string;
  readonly description: string;
  /** Median time of a step. */
  readonly milliseconds: number;
  /** The fastest turn's time of a step: on a machine with other work it tells more than the median. */
  readonly fastest: number;
  readonly loss: number;
}

interface Limit {
  readonly limit: string;
  readonly value: number;
  readonly met: boolean;
}

const options = readOptions(process.argv.slice(2));
const cores = cpus().length;
const threads = Math.min(2, cores);

const site = fileURLToPath(new URL("../benchmarks/speed/dist/", import.meta.url));
if (options.build) buildPage();
// Isolated, but without the content security policy: jax-js starts its threads from blob: scripts.
const { "Content-Security-Policy": _policy, ...headers } = securityHeaders;
const server = await serve({ root: site, headers });
const browser = await chromium.launch({
  executablePath: ensureChromium(),
  headless: false,
  args: [...chromiumFlags],
});
const page = await browser.newPage();
await page.goto(server.url);
const torch = await startTorch();
const results: Result[] = [];
try {
  await compareAll();
} finally {
  await torch?.end();
  await browser.close();
  await server.close();
}
report();

function buildPage(): void {
  const command = "npx vite build --config vite.benchmark.config.ts --logLevel warn";
  const { status } = spawnSync(command, { stdio: "inherit", shell: true });
  if (status !== 0) throw new Error("The benchmark's page was not built.");
}

async function compareAll(): Promise<void> {
  const ours = inPage("ours", "ours", threads);
  const one = inPage("ours, one thread", "ours", 1);
  const peer = torch === null ? [] : [asContender(torch, threads)];
  for (const [name, size] of Object.entries(gptSizes)) {
    const others = [inPage("jax-js", "jax", 0), inPage("tfjs-wasm", "stock", 0)];
    await compare(name, { type: "gpt", size }, [ours, one, ...others, ...peer]);
  }
  for (const size of [512, 1024]) {
    await compare(`gemm ${size}`, { type: "gemm", size }, [ours, one, ...peer]);
  }
  const before = inPage("before the kernels", "stock", 0);
  await compare("use-lite", { type: "useLite" }, [ours, one, before], 25);
}

/** Everyone takes a turn each round; a turn lasts about half a second, or `steps` steps. */
async function compare(
  task: string,
  work: Task,
  contenders: readonly Contender[],
  steps?: number,
): Promise<void> {
  if (!options.only.some((wanted) => task.startsWith(wanted))) return;
  const turns = new Map<Contender, { times: number[]; steps: number; loss: number; on: string }>();
  for (const contender of contenders.filter(isWanted)) {
    const on = await contender.prepare(work);
    await contender.run(1);
    const { milliseconds } = await contender.run(1);
    const fitting = Math.max(1, Math.min(200, Math.round(500 / milliseconds)));
    turns.set(contender, { times: [], steps: steps ?? fitting, loss: 0, on });
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const [contender, turn] of turns) {
      const { milliseconds, loss } = await contender.run(turn.steps);
      turn.times.push(milliseconds);
      turn.loss = loss;
    }
  }
  for (const [contender, { times, loss, on }] of turns) {
    await contender.end();
    const result = { task, contender: contender.name, description: on };
    const fastest = Math.min(...times);
    results.push({ ...result, milliseconds: median(times), fastest, loss });
    write(
      `${task.padEnd(10)} ${contender.name.padEnd(20)} ${median(times).toFixed(2)} ms, at best ${fastest.toFixed(2)}  (${on})`,
    );
  }
}

/** Ours run always, the others where nobody is named or they are. */
function isWanted({ name }: Contender): boolean {
  return name.startsWith("ours") || options.against === undefined || options.against.includes(name);
}

function inPage(name: string, script: Script, count: number): Contender {
  const call = <Value>(work: (args: never) => Value, args: unknown) =>
    (page as Page).evaluate(work as never, args as never) as Promise<Value>;
  return {
    name,
    prepare: (task) =>
      call(
        ({
          name,
          script,
          task,
          count,
        }: {
          name: string;
          script: Script;
          task: Task;
          count: number;
        }) =>
          (window as unknown as { benchmark: BenchmarkPage }).benchmark.prepare(
            name,
            script,
            task,
            count,
          ),
        { name, script, task, count },
      ) as unknown as Promise<string>,
    run: (steps) =>
      call(
        ({ name, steps }: { name: string; steps: number }) =>
          (window as unknown as { benchmark: BenchmarkPage }).benchmark.run(name, steps),
        { name, steps },
      ) as unknown as Promise<{ milliseconds: number; loss: number }>,
    end: () =>
      call(
        ({ name }: { name: string }) =>
          (window as unknown as { benchmark: BenchmarkPage }).benchmark.end(name),
        { name },
      ),
  };
}

function asContender(peer: Torch, count: number): Contender {
  return {
    name: "PyTorch",
    async prepare(task) {
      await peer.prepare(task, count);
      return `${peer.version} on ${peer.blas}, ${count} threads`;
    },
    run: (steps) => peer.run(steps),
    end: async () => {},
  };
}

function report(): void {
  const limits = judge();
  if (torch === null) write("skipped: PyTorch, which no python3 here has");
  else if (!isPeer(torch)) write(`not judged: PyTorch on the ${torch.blas}, which is no peer`);
  for (const { limit, value, met } of limits)
    write(`${met ? "met" : "MISSED"}: ${limit} (${value.toFixed(2)})`);
  if (options.json) {
    const python = torch === null ? null : `${torch.version} on ${torch.blas}`;
    const machine = { cpu: cpus()[0]?.model ?? "", cores, torch: python };
    write(JSON.stringify({ machine, rounds: options.rounds, results, limits }));
  }
  process.exitCode = limits.every(({ met }) => met) ? 0 : 1;
}

function isPeer({ blas }: Torch): boolean {
  return blas !== "reference BLAS";
}

function judge(): Limit[] {
  const time = (task: string, contender: string) =>
    results.find((each) => each.task === task && each.contender === contender)?.milliseconds;
  const limits: Limit[] = [];
  /** `factor` is how many times slower than ours the other is. */
  const check = (task: string, other: string, least: number, words: string) => {
    const ours = time(task, "ours");
    const theirs = time(task, other);
    if (ours === undefined || theirs === undefined) return;
    if (other === "PyTorch" && torch !== null && !isPeer(torch)) return;
    limits.push({ limit: `${task}: ${words}`, value: theirs / ours, met: theirs / ours >= least });
  };
  for (const task of Object.keys(gptSizes)) {
    check(task, "jax-js", 2, "at least 2 times as fast as jax-js");
    check(task, "tfjs-wasm", 6, "at least 6 times as fast as tfjs-wasm");
    check(
      task,
      "PyTorch",
      1 / 1.5,
      "at most 1.5 times PyTorch's time, so at least 0.67 of its speed",
    );
  }
  for (const task of ["gemm 512", "gemm 1024"]) {
    check(task, "PyTorch", 0.7, "at least 0.7 of PyTorch's GFLOP/s");
  }
  if (cores > 1) check("large", "ours, one thread", 1.6, "two threads at least 1.6 times one");
  check("use-lite", "before the kernels", 4, "at most a quarter of the time before the kernels");
  return limits;
}

function readOptions(args: readonly string[]) {
  const value = (name: string) =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  return {
    json: args.includes("--json"),
    build: !args.includes("--no-build"),
    rounds: Number(value("rounds") ?? 5),
    only: value("only")?.split(",") ?? [""],
    against: value("against")?.split(","),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
