// The playground on the embedded language model: two models side by side, stop, held-out rows, chains of thought, scoring.
import { expect } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { test } from "./support/fixture.ts";

test("two models write side by side, stop at once, and word problems are asked and scored", async ({
  open,
}) => {
  const studio = await open();
  const { page } = studio;
  const stop = page.getByRole("button", { name: "Stop", exact: true });
  const set = (name: string, value: string) => page.locator(`[name="${name}"]`).fill(value);
  await studio.goTo("Playground");
  await page.locator('[name="generator_beside"]').selectOption({ label: "Tiny prose 3M" });

  await set("prompt", "It is a truth universally acknowledged, that");
  await set("max_new_tokens", "12");
  await studio.press("Write on");
  await page.getByText("max_new_tokens reached").nth(1).waitFor();
  const texts = await page.locator("p", { hasText: /^It is a truth universally/u }).allInnerTexts();
  expect(texts).toHaveLength(2);
  expect(texts[0]).toBe(texts[1]);
  expect(texts[0]?.length).toBeGreaterThan(60);

  await set("max_new_tokens", "400");
  await studio.press("Write on");
  await page
    .getByText(/^\d+ tokens? · /u)
    .first()
    .waitFor();
  await stop.click();
  await stop.waitFor({ state: "detached" });
  await page
    .getByText(/stopped$/u)
    .first()
    .waitFor();

  await page.getByRole("button", { name: /Sums, step by step/u }).click();
  await page.getByText("Expected answer").waitFor();
  // The model that was tuned on such sums is chosen, and comes to the expected answer step by step.
  await set("max_new_tokens", "96");
  await studio.press("Think");
  await page.locator("main").getByText("as expected", { exact: true }).waitFor();
  await set("max_new_tokens", "8");
  await page.getByRole("radio", { name: "Self-consistency" }).check({ force: true });
  await studio.press("Think");
  await page.getByText("Chain 5").first().waitFor();
  await stop.waitFor({ state: "detached" });

  await page.getByRole("radio", { name: "Score" }).check({ force: true });
  await set("most_rows", "6");
  await studio.press("Score");
  await stop.waitFor();
  await stop.waitFor({ state: "detached" });
  const table = page.locator("main table");
  expect(await table.locator("tbody tr").count()).toBe(3);
  expect(await table.textContent()).toContain("of 6");
  await table.getByRole("button", { name: "Zero-shot" }).click();
  await page.getByText("Chains: Zero-shot").waitFor();
  expect(await seriousFindings(studio, "playground")).toEqual([]);
});
