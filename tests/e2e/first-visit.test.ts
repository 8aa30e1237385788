// What a stranger does: sample, start, look. On the built page, with real weights.
import { expect } from "vitest";
import { test } from "./support/fixture.ts";

test("three clicks lead from the open page to a trained and scored head", async ({ open }) => {
  const studio = await open({ isKept: true });
  await studio.chooseSample();
  await studio.goTo("Training");
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  expect(await studio.metric("eval_accuracy")).toBeGreaterThan(0.82);
  expect(await studio.metric("eval_loss")).toBeLessThan(0.45);
  expect(await studio.metric("loss")).toBeLessThan(0.6);
  await studio.goTo("Results");
  const headline = await studio.page.getByRole("heading", { level: 1 }).textContent();
  expect(headline).toMatch(/8\d\.\d.% of 600 held-out rows are right/u);
});
