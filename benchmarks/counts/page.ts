// The page of `npm run benchmark:counts`: runs a contender and says what its steps asked of WebGPU.

import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../../src/engine/backend.ts";
import type { WasmFiles } from "../../src/engine/cpu/start-wasm.ts";
import { gpuBackend, purgeFreeBuffers } from "../../src/engine/gpu/gpu-backend.ts";
import {
  type Contender,
  countLossBytes,
  createOurs,
} from "../../src/trainer/device-benchmark/ours.ts";
import type { Size } from "../../src/trainer/device-benchmark/size.ts";
import { createStock } from "../../src/trainer/device-benchmark/stock.ts";
import { type ApiCounts, bytesAlive, takeCounts } from "./count-api.ts";
import { createJax } from "./jax.ts";

export interface CountResult {
  readonly tensors: number;
  readonly parameters: number;
  /** Of one steady step. */
  readonly counts: ApiCounts;
  /** Bytes of all buffers after the steady steps, beyond those that were there before. */
  readonly bytes: number;
  /** Median of the steady steps. */
  readonly milliseconds: number;
  readonly problem: string | null;
  readonly losses: readonly number[];
}

export interface Growth {
  readonly bytes: number;
  readonly tensors: number;
  readonly heap: number;
}

const makers = {
  bert: (size: Size) => createOurs(size, "bert"),
  llama: (size: Size) => createOurs(size, "llama"),
  gpt2: (size: Size) => createOurs(size, "gpt2"),
  gemma: (size: Size) => createOurs(size, "gemma3_text"),
  stock: createStock,
  jax: createJax,
};
export type Side = keyof typeof makers;

const running = startBackend("webgpu", {} as WasmFiles);

const page = {
  async describe(): Promise<string> {
    return (await running).adapter;
  },
  /** Counts one steady step after `warm` others. */
  async count(side: Side, size: Size, warm: number): Promise<CountResult> {
    await running;
    const before = await settledBytes();
    const contender = await makers[side](size);
    const losses: number[] = [];
    const times: number[] = [];
    try {
      for (let step = 0; step < warm; step += 1) losses.push(await contender.step());
      takeCounts();
      losses.push(await contender.step());
      const counts = takeCounts();
      const bytes = bytesAlive() - before;
      for (let step = 0; step < 3; step += 1) {
        const start = performance.now();
        await contender.step();
        times.push(performance.now() - start);
      }
      const { tensors, parameters, problem } = contender;
      const milliseconds = times.sort((a, b) => a - b)[1] ?? 0;
      return { tensors, parameters, counts, bytes, milliseconds, problem, losses };
    } finally {
      contender.dispose();
    }
  },
  async lossBytes(rows: number, width: number, vocabulary: number): Promise<number> {
    await running;
    return countLossBytes(rows, width, vocabulary);
  },
  /** What `steps` more steps leave behind. */
  async grow(side: Side, size: Size, steps: number): Promise<Growth> {
    await running;
    const contender = await makers[side](size);
    try {
      await repeat(contender, 20);
      const before = await measure();
      await repeat(contender, steps);
      const after = await measure();
      return {
        bytes: after.bytes - before.bytes,
        tensors: after.tensors - before.tensors,
        heap: after.heap - before.heap,
      };
    } finally {
      contender.dispose();
    }
  },
};
export type CountsPage = typeof page;
Object.assign(window, { counts: page });

async function repeat(contender: Contender, steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) await contender.step();
}

/** What is held once all that can be collected is: what a task leaves is free only in the next. */
async function measure(): Promise<Growth> {
  const { gc, performance: clock } = globalThis as unknown as {
    gc?: () => void;
    performance: { memory?: { usedJSHeapSize: number } };
  };
  for (let round = 0; round < 5; round += 1) {
    gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const heap = clock.memory?.usedJSHeapSize ?? Number.NaN;
  return { bytes: bytesAlive(), tensors: tf.memory().numTensors, heap };
}

async function settledBytes(): Promise<number> {
  const backend = gpuBackend();
  if (backend === undefined) throw new Error("WebGPU does not run.");
  purgeFreeBuffers(backend);
  await backend.queue.onSubmittedWorkDone();
  return bytesAlive();
}
