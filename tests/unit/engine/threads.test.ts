// Threads that share one job, in Node: the same job and the same kernels as in the browser, in worker_threads.
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Job,
  jobBytes,
  type Kernel,
  publish,
  takePieces,
  viewJob,
  waitForPieces,
} from "../../../src/engine/cpu/job.ts";
import type { HelperStart } from "../../../src/engine/cpu/kernel.worker.ts";

const compiled = new URL("../../../src/engine/cpu/compiled/threads-simd.wasm", import.meta.url);
// Node's workers do not read TypeScript by themselves.
const helper = `import("tsx/esm/api").then(({ register }) => {
  register();
  return import("${new URL("./support/helper-thread.ts", import.meta.url).href}");
})`;
const scratchBytes = 256 * 1024;
const memory = new WebAssembly.Memory({ initial: 200, maximum: 65_536, shared: true });
const workers: Worker[] = [];
// One set of helpers for each number of threads: two sets on one job would share its scratch.
const jobs = new Map<number, Promise<Job>>();
let module: WebAssembly.Module;
let names: string[];
let kernels: Kernel[];

beforeAll(async () => {
  module = await WebAssembly.compile(await readFile(compiled));
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  names = Object.keys(exports).filter((name) => typeof exports[name] === "function");
  kernels = names.map((name) => exports[name] as Kernel);
  (exports.setThreadScratch as Kernel)(4 * scratchBytes);
});

afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));

/** A job that so many threads work on, this one included. Each has its own place for job and scratch. */
function getJob(threads: number): Promise<Job> {
  const job = jobs.get(threads) ?? startThreads(threads);
  jobs.set(threads, job);
  return job;
}

async function startThreads(threads: number): Promise<Job> {
  const address = threads * jobBytes;
  const helpers = Array.from({ length: threads - 1 }, (_, i) => {
    const scratch = (5 + threads * 2 + i) * scratchBytes;
    const workerData: HelperStart = { module, memory, names, job: address, scratch };
    return new Worker(helper, { workerData, eval: true });
  });
  workers.push(...helpers);
  await Promise.all(
    helpers.map(
      (worker) =>
        new Promise((resolve, reject) => {
          worker.once("message", resolve);
          worker.once("error", reject);
        }),
    ),
  );
  return viewJob(memory.buffer, address);
}

function run(
  job: Job,
  name: string,
  args: readonly number[],
  size: number,
  piece: number,
): boolean {
  publish(job, names.indexOf(name), args, size, piece);
  takePieces(job, kernels);
  return waitForPieces(job, true);
}

const floats = (address: number, count: number) => new Float32Array(memory.buffer, address, count);

test("a product has equal bits on one, two and three threads, however it is shared out", async () => {
  const [m, n, k] = [130, 70, 300];
  const [a, b, packed, c] = [4, 5, 6, 7].map((mebibyte) => mebibyte * 1024 ** 2) as [
    number,
    number,
    number,
    number,
  ];
  floats(a, m * k).forEach((_, i, values) => {
    values[i] = Math.sin(i * 1.7);
  });
  floats(b, k * n).forEach((_, i, values) => {
    values[i] = Math.cos(i * 0.9);
  });
  const panels = Math.ceil(n / 8);
  const results: Uint8Array[] = [];
  for (const [threads, tileRows, tilePanels, piece] of [
    [1, 96, panels, 1],
    [2, 24, panels, 1],
    [3, 24, 4, 1],
    [3, 48, 2, 3],
  ] as const) {
    const job = await getJob(threads);
    floats(c, m * n).fill(Number.NaN);
    const tiles = Math.ceil(m / tileRows) * Math.ceil(panels / tilePanels);
    run(job, "packColumns", [b, n, 1, k, n, packed], panels, piece);
    const args = [a, k, 1, packed, c, n, m, n, k, tileRows, tilePanels, 0, 0, 0];
    run(job, "multiply", args, tiles, piece);
    results.push(new Uint8Array(memory.buffer, c, 4 * m * n).slice());
    const sum = Array.from(
      { length: k },
      (_, l) => Math.sin((3 * k + l) * 1.7) * Math.cos((l * n + 5) * 0.9),
    );
    expect(floats(c, m * n)[3 * n + 5]).toBeCloseTo(
      sum.reduce((total, x) => total + x),
      3,
    );
  }
  for (const bytes of results) expect(bytes).toEqual(results[0]);
});

test("thousands of short jobs one after the other lose no piece", async () => {
  const job = await getJob(3);
  const [x, sums] = [8 * 1024 ** 2, 9 * 1024 ** 2];
  const columns = 37;
  for (let round = 0; round < 5_000; round++) {
    floats(x, 2 * columns).fill(round);
    floats(sums, columns).fill(-1);
    run(job, "sumRows", [x, 2, columns, sums], columns, 1 + (round % 7));
    if (floats(sums, columns).some((sum) => sum !== 2 * round)) {
      expect([...floats(sums, columns)], `round ${round}`).toEqual([]);
    }
  }
});

test("a kernel that leaves the memory is reported, and the threads go on", async () => {
  const job = await getJob(2);
  const [x, sums] = [8 * 1024 ** 2, 9 * 1024 ** 2];
  expect(run(job, "sumRows", [0xffff_0000, 1, 8, sums], 8, 4)).toBe(true);
  floats(x, 8).fill(3);
  expect(run(job, "sumRows", [x, 1, 8, sums], 8, 4)).toBe(false);
  expect([...floats(sums, 8)]).toEqual(new Array(8).fill(3));
});
