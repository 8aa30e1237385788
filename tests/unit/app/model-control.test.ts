import { beforeEach, expect, test, vi } from "vitest";
import { createModelControl } from "../../../src/app/model-control.ts";
import { useStudioStore } from "../../../src/state/studio-store.ts";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => {} });

/** What the worker has not answered yet, by model. */
const asked = new Map<string, { done(): void; fail(): void }>();
const request = (_: string, { id }: { id: string }) =>
  new Promise((resolve, reject) => {
    asked.set(id, {
      done: () => resolve({ id }),
      fail: () => reject(new Error(`${id} cannot be read.`)),
    });
  });
const models = createModelControl({
  link: { request: request as never },
  removals: {} as never,
  onStorageChange: async () => {},
});
const shown = () => {
  const { model } = useStudioStore.getState();
  return [model.status, model.id];
};

beforeEach(() => asked.clear());

test("the model that was chosen last is shown, whichever is loaded last", async () => {
  const slow = models.load("slow");
  const fast = models.load("fast");
  asked.get("fast")?.done();
  await fast;
  asked.get("slow")?.done();
  await slow;
  expect(shown()).toEqual(["ready", "fast"]);
});

test("one that fails after another was chosen does not take its place", async () => {
  const slow = models.load("slow");
  const fast = models.load("fast");
  asked.get("fast")?.done();
  await fast;
  asked.get("slow")?.fail();
  await slow;
  expect(shown()).toEqual(["ready", "fast"]);
});
