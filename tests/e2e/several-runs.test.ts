// Several runs: three that compare, a queue, a copy of an earlier run, and the guard before leaving.
import { expect } from "vitest";
import { reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";

test("one button trains three ways and overlays them; the queue keeps its order over a reload; leaving asks first", async ({
  open,
}) => {
  const studio = await open();
  const { page } = studio;
  await studio.dropDataset(reviews(60));
  await studio.waitForData();
  await studio.goTo("Training");
  await studio.setArguments({ num_train_epochs: "2", max_length: "8", logging_steps: "1" });
  await studio.press("Compare three ways");
  await studio.waitForPhase("preparing", "training", "evaluating");

  // The other two wait. A fourth is put before them.
  await studio.goTo("Training");
  await studio.setArguments({ num_train_epochs: "400", run_name: "endless" });
  await studio.press("Add to the queue");
  await studio.goTo("Run");
  const queue = page.getByRole("region", { name: "Queue" });
  await page
    .getByText(/from scratch: .*everything/u)
    .first()
    .waitFor({ state: "detached" });
  await page.getByText(/^Pretraining (is worth|gains nothing)/u).waitFor({ timeout: 120_000 });
  for (const name of ["from scratch", "head only", "everything"]) {
    await page.locator("tbody").getByText(name, { exact: true }).waitFor();
  }
  await expect.poll(() => page.locator("tbody").getByText("completed").count()).toBe(3);
  expect(await queue.count()).toBe(0);

  // The fourth runs now, and leaving the page asks.
  await studio.waitForPhase("training", "evaluating");
  const asked = page.waitForEvent("dialog");
  const reloaded = page.reload().catch(() => {});
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.accept();
  await reloaded;
  expect(await studio.waitForPhase("interrupted")).toBe("interrupted");
});
