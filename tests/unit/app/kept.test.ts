import { afterEach, expect, test, vi } from "vitest";
import { describeLoss, rememberRuns } from "../../../src/app/canary.ts";
import { keep, readKept } from "../../../src/app/kept.ts";
import { createQueueControl } from "../../../src/app/queue-control.ts";
import { getQueue } from "../../../src/state/queue-store.ts";

const stored = new Map<string, string>();
vi.stubGlobal("localStorage", {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => stored.set(key, value),
});
afterEach(() => stored.clear());

test("a record is kept with its version and read back", () => {
  keep("a", { runs: 2 });
  expect(readKept("a")).toEqual({ version: 1, runs: 2 });
  stored.set("a", "not JSON");
  expect(readKept("a")).toBeNull();
});

test("the note of how many runs there are: a newer one is neither misread nor written over", () => {
  const newer = '{"version":2,"runs":{"mine":7}}';
  stored.set("finetune-studio-kept", newer);
  expect(describeLoss([])).toBeNull();
  rememberRuns(["one", "two"]);
  expect(stored.get("finetune-studio-kept")).toBe(newer);
});

test("a newer queue stays as it is, and nothing of it is started", async () => {
  const newer = '{"version":2,"plans":[]}';
  stored.set("finetune-studio-queue", newer);
  const queue = createQueueControl(async () => expect.fail());
  queue.restore();
  expect(getQueue()).toEqual([]);
  queue.remove("any");
  expect(stored.get("finetune-studio-queue")).toBe(newer);
});
