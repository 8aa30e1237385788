import { afterEach, expect, test, vi } from "vitest";
import type { RunningBackend } from "../../../src/engine/backend.ts";
import type { ModelProducts } from "../../../src/trainer/operations.ts";
import { newProgress } from "../../../src/trainer/train.ts";
import { createPerformanceMeter } from "../../../src/worker/performance-meter.ts";
import type { TrainedModel } from "../../../src/worker/run-task.ts";
import { createRunUpdates } from "../../../src/worker/run-updates.ts";
import { newTokenCount } from "../../../src/worker/token-count.ts";

const backend = {
  ...{ backend: "webgpu", adapter: "fake", pins: { kernels: "studio", threads: 1 } },
  throwIfFailed() {},
} as unknown as RunningBackend;
/** 10 operations a token and 100 a text. */
const products: ModelProducts = { ofToken: 10, ofHeadRow: 100, attention: [] };
/** Two texts: 6 tokens in 8 places. */
const batch = { batchSize: 2, length: 4, tokens: 6 };

const createMeter = (all = newTokenCount()) =>
  createPerformanceMeter(backend, { reason: null }, { steps: undefined, products }, all);

/** An update of two rows that took so many milliseconds. */
const updateOf = (update: number, isSteady = true, own = batch) => ({
  times: { update, batches: update / 10, issue: update / 5 },
  ...{ batches: [own], rows: 2, isSteady },
});

test("the first two updates count in no mean, and the mean is of steady updates once there is one", () => {
  const meter = createMeter();
  meter.add(updateOf(900));
  meter.add(updateOf(900));
  expect(meter.read()).toBe(null);
  expect(meter.isDue).toBe(false);
  meter.add(updateOf(400, false));
  expect(meter.read()).toMatchObject({ updates: 1, isSteady: false, update: 400 });
  meter.add(updateOf(100));
  meter.add(updateOf(300));
  meter.add(updateOf(5000, false));
  expect(meter.read()).toMatchObject({
    ...{ updates: 2, isSteady: true, update: 200, batches: 20, issue: 40 },
    // 12 tokens and 4 texts in 0.4 seconds.
    ...{ tokensPerSecond: 30, operationsPerSecond: (12 * 10 + 4 * 100) / 0.4 },
    ...{ backend: "webgpu", adapter: "fake", kernels: "studio", threads: 1, gpu: null },
  });
});

test("a report is due after 1, 10 and 100 updates that count", () => {
  const meter = createMeter();
  const due: number[] = [];
  for (let update = 1; update <= 103; update += 1) {
    meter.add(updateOf(10));
    if (meter.isDue) due.push(update - 2);
  }
  expect(due).toEqual([1, 10, 100]);
});

test("the speeds of the moment are of the newest 20 updates, and of the steady ones alone where there are some", () => {
  const meter = createMeter();
  expect(meter.recent()).toEqual({ rowsPerSecond: 0, tokensPerSecond: 0, paddingShare: 0 });
  meter.add(updateOf(1000, false));
  expect(meter.recent()).toEqual({ rowsPerSecond: 2, tokensPerSecond: 6, paddingShare: 0.25 });
  meter.add(updateOf(100, true, { ...batch, tokens: 8 }));
  // Both rates leave the compilation out.
  expect(meter.recent()).toEqual({ rowsPerSecond: 20, tokensPerSecond: 80, paddingShare: 0 });
  for (let update = 0; update < 20; update += 1) meter.add(updateOf(200));
  expect(meter.recent()).toEqual({ rowsPerSecond: 10, tokensPerSecond: 30, paddingShare: 0.25 });
});

test("padding is of all updates, those of the warm-up and of earlier sessions too", () => {
  const before = { tokens: 2, places: 16 };
  const meter = createMeter(before);
  for (let update = 0; update < 3; update += 1) meter.add(updateOf(10));
  // 2 + 18 tokens in 16 + 24 places.
  expect(meter.read()?.paddingShare).toBe(0.5);
  expect(before).toEqual({ tokens: 20, places: 40 });
});

/** Updates whose end the test chooses, on a clock that it sets. */
function fakeUpdates() {
  const clock = { time: 0 };
  vi.spyOn(performance, "now").mockImplementation(() => clock.time);
  const ends: (() => void)[] = [];
  const steps = { report: [], preparation: {}, bytes: 0, changes: 0 };
  const updates = createRunUpdates({
    model: {
      ...{ steps, products },
      trainBatches: () => ({ microBatches: [], tokenBatches: [batch], flos: 7, tokens: 6 }),
    } as unknown as TrainedModel,
    updater: {
      ...{ depth: 2, reason: null, takeIssueTime: () => 1, dispose() {} },
      step: () =>
        new Promise((resolve) => {
          ends.push(() => resolve({ loss: 1, gradNorm: 1 }));
        }),
    },
    ...{ backend, rows: 2, progress: newProgress(), report() {} },
    gate: { isClosed: false, pass: () => Promise.resolve() },
  });
  return {
    ...{ clock, steps, meter: updates.meter },
    begin: () => updates.ofLoop.trainStep([[0, 1]], 1e-3, 0),
    end: () => ends.shift()?.(),
  };
}

afterEach(() => {
  vi.restoreAllMocks();
});

test("an update that was under way beside another, or ended in a pause, is timed from the other's end to its own", async () => {
  const { clock, begin, end, meter } = fakeUpdates();
  const first = begin();
  clock.time = 5;
  const second = begin();
  clock.time = 10;
  end();
  await first;
  expect(meter.recent().rowsPerSecond).toBe(200);
  // The run is paused; the second ends by itself, and the third is asked for an hour later.
  clock.time = 18;
  end();
  await Promise.resolve();
  await Promise.resolve();
  clock.time = 3_600_000;
  await second;
  expect(meter.recent().rowsPerSecond).toBeCloseTo(4 / 0.018);
  const third = begin();
  clock.time += 12;
  end();
  expect(await third).toMatchObject({ flos: 7, tokens: 6 });
  expect(meter.recent()).toMatchObject({ rowsPerSecond: 200, tokensPerSecond: 600 });
});

test("an update beside which the next one is still being prepared is not steady, and the one after it is", async () => {
  const { clock, begin, end, steps, meter } = fakeUpdates();
  const first = begin();
  const second = begin();
  // The second's preparation has begun and takes the GPU from the first.
  steps.changes = 1;
  clock.time = 100;
  end();
  await first;
  steps.changes = 2;
  const third = begin();
  clock.time = 300;
  end();
  await second;
  expect(meter.recent().rowsPerSecond).toBeCloseTo(4 / 0.3);
  clock.time = 310;
  end();
  await third;
  expect(meter.recent().rowsPerSecond).toBe(200);
});
