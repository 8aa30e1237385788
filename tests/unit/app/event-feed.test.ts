import { expect, test, vi } from "vitest";
import { createEventFeed } from "../../../src/app/event-feed.ts";
import type { RunEvent, RunEventBody } from "../../../src/config/events.ts";

const at = (body: RunEventBody): RunEvent => ({ version: 1, runId: "r", time: 0, ...body });
const phase = (name: "training" | "evaluating" | "paused") =>
  at({ type: "phaseChanged", phase: name });

test("a thousand short epochs are handed on four times a second, a pause and the end at once", () => {
  vi.useFakeTimers();
  const batches: number[] = [];
  const { take: feed } = createEventFeed((events) => batches.push(events.length));
  for (let epoch = 0; epoch < 1000; epoch += 1) {
    feed(phase("evaluating"));
    feed(phase("training"));
    vi.advanceTimersByTime(1);
  }
  expect(batches.length).toBeLessThanOrEqual(4);
  expect(batches.length).toBeGreaterThan(2);
  feed(phase("paused"));
  feed(at({ type: "ended", phase: "stopped" }));
  expect(batches.reduce((sum, count) => sum + count, 0)).toBe(2002);
  vi.useRealTimers();
});

test("what waits is handed on before the news that the worker is gone, and not after it", () => {
  vi.useFakeTimers();
  const told: string[] = [];
  const feed = createEventFeed((events) => told.push(...events.map(({ type }) => type)));
  feed.take(phase("training"));
  expect(told).toEqual([]);
  feed.flush();
  told.push("gone");
  vi.advanceTimersByTime(1000);
  expect(told).toEqual(["phaseChanged", "gone"]);
  vi.useRealTimers();
});
