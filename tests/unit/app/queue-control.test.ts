import { beforeEach, expect, test, vi } from "vitest";
import { createQueueControl } from "../../../src/app/queue-control.ts";
import type { RunRecord } from "../../../src/config/run-record.ts";
import { getQueue, holdQueue, setQueue } from "../../../src/state/queue-store.ts";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => {} });

// The queue looks at nothing of a record but its id.
const record = (id: string) => ({ id }) as RunRecord;
const started: string[] = [];
const queue = createQueueControl(async ({ id }) => {
  started.push(id);
});

beforeEach(() => {
  started.length = 0;
  setQueue([]);
  holdQueue(false);
});

test("what held an empty queue does not keep later runs from starting", async () => {
  holdQueue(true);
  await queue.add([record("a"), record("b")]);
  expect(started).toEqual(["a"]);
  expect(getQueue().map((each) => each.record.id)).toEqual(["b"]);
});

test("a queue that is held with runs in it stays held when one more comes", async () => {
  setQueue([{ record: record("a"), error: null }]);
  holdQueue(true);
  await queue.add([record("b")]);
  expect(started).toEqual([]);
  await queue.goOn();
  expect(started).toEqual(["a"]);
});
