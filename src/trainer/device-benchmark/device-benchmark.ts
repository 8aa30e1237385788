// Measures the running back end: what it computes, moves and costs, and one training step beside that of tfjs alone. Wall time over
// loops of many milliseconds: browsers coarsen the clocks of a GPU.
import * as tf from "@tensorflow/tfjs-core";
import { type DeviceBenchmark, type Spread, spreadOf } from "../../config/device-benchmark.ts";
import { createCapturedSteps } from "../../engine/capture/captured-steps.ts";
import { stepInput } from "../../engine/capture/step-inputs.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { linear } from "../../ops/linear/linear.ts";
import { type Contender, createOurs } from "./ours.ts";
import type { Size } from "./size.ts";
import { createStock } from "./stock.ts";

const stepSize: Size = {
  ...{ layers: 1, width: 64, heads: 4, inner: 128, vocabulary: 256, batch: 2, seq: 32 },
};
/** Rounds of each figure, and how long one should last at least: far longer than it takes to hear of its end. */
const rounds = 7;
const roundTime = 20; // milliseconds
const mostTimes = 1024;

type Figures = Pick<
  DeviceBenchmark,
  "matmul" | "bandwidth" | "dispatch" | "readback" | "step" | "stock_step" | "step_problem"
>;

/** Some seconds of work. `pass` is awaited between figures. Leaves no tensor behind. */
export async function measureDevice(pass: () => Promise<void>): Promise<Figures> {
  const matmul = await measureMatmul();
  await pass();
  const bandwidth = await measureBandwidth();
  await pass();
  const dispatch = await measureDispatch();
  await pass();
  const readback = await measureReadback();
  await pass();
  const own = await measureSteps(createOurs(stepSize, "bert"));
  await pass();
  const stock = await measureSteps(createStock(stepSize));
  return {
    ...{ matmul, bandwidth, dispatch, readback },
    ...{ step: own.times, step_problem: own.problem, stock_step: stock.times },
  };
}

/** Milliseconds of one call of `work`, which gives a tensor, over rounds that last long enough for the clock. */
async function timeWork(work: () => tf.Tensor): Promise<number[]> {
  const round = async (times: number) => {
    const start = performance.now();
    for (let i = 1; i < times; i += 1) work().dispose();
    const last = work();
    const probe = tf.tidy(() => tf.slice(tf.reshape(last, [-1]), 0, 1));
    await probe.data();
    tf.dispose([last, probe]);
    return (performance.now() - start) / times;
  };
  await round(1);
  let times = 1;
  while (times < mostTimes && (await round(times)) * times < roundTime) times *= 2;
  const found: number[] = [];
  for (let i = 0; i < rounds; i += 1) found.push(await round(times));
  return found;
}

const rates = (milliseconds: readonly number[], amount: number): Spread =>
  spreadOf(milliseconds.map((each) => (1000 * amount) / each));

/** The edge grows until a product lasts some milliseconds, so that fast devices are busy. */
async function measureMatmul(): Promise<DeviceBenchmark["matmul"]> {
  for (let edge = 128; ; edge *= 2) {
    const [a, b] = [tf.ones([edge, edge]), tf.ones([edge, edge])] as [tf.Tensor2D, tf.Tensor2D];
    const found = await timeWork(() => linear(a, b));
    tf.dispose([a, b]);
    const { median } = spreadOf(found);
    if (median > 4 || edge === 4096) return { edge, ...rates(found, 2 * edge ** 3) };
  }
}

/** What an addition reads and writes: on a GPU that is the memory's rate, on a processor the making of its result takes part. */
async function measureBandwidth(): Promise<DeviceBenchmark["bandwidth"]> {
  for (let bytes = 4 * 1024 ** 2; ; bytes *= 4) {
    const x = tf.ones([bytes / 4]);
    const found = await timeWork(() => tf.add(x, x));
    x.dispose();
    const { median } = spreadOf(found);
    if (median > 2 || bytes >= 64 * 1024 ** 2) return { bytes, ...rates(found, 2 * bytes) };
  }
}

/** Chains of tiny programs, replayed as training steps are, in one submission. */
async function measureDispatch(): Promise<Spread | null> {
  const steps = createCapturedSteps();
  const kernels = gpuKernels();
  if (steps === undefined || kernels === undefined) return null;
  const values = new Float32Array(64);
  const result: tf.Tensor = tf.keep(kernels.output([64]));
  const step = {
    ...{ key: "chain", inputs: { values } },
    body() {
      let x: tf.Tensor = stepInput<tf.Rank.R1>(values, [64]);
      for (let i = 0; i < 500; i += 1) {
        const next = tf.neg(x);
        if (i > 0) x.dispose();
        x = next;
      }
      kernels.copy(x, result);
    },
  };
  try {
    await steps.prepare(step);
    const dispatches = steps.report[0]?.dispatches ?? 0;
    if (dispatches === 0) return null;
    const chains = Array.from({ length: 8 }, () => step);
    const found: number[] = [];
    for (let i = 0; i <= rounds; i += 1) {
      const start = performance.now();
      steps.run(chains);
      await result.data();
      const each = (performance.now() - start) / (chains.length * dispatches);
      if (i > 0) found.push(1000 * each);
    }
    return spreadOf(found);
  } finally {
    steps.dispose();
    result.dispose();
  }
}

async function measureReadback(): Promise<Spread> {
  const found: number[] = [];
  for (let i = 0; i <= rounds; i += 1) {
    const x = tf.tidy(() => tf.neg(tf.ones([1024])));
    const start = performance.now();
    await x.data();
    if (i > 0) found.push(performance.now() - start);
    x.dispose();
  }
  return spreadOf(found);
}

async function measureSteps(
  contender: Contender,
): Promise<{ readonly times: Spread; readonly problem: string | null }> {
  const found: number[] = [];
  try {
    // The first ones compile kernels, and are recorded and checked.
    for (let step = 0; step < 3; step += 1) await contender.step();
    const most = performance.now() + 3000; // milliseconds
    for (let step = 0; step < rounds && (step === 0 || performance.now() < most); step += 1) {
      const start = performance.now();
      await contender.step();
      found.push(performance.now() - start);
    }
    return { times: spreadOf(found), problem: contender.problem };
  } finally {
    contender.dispose();
  }
}
