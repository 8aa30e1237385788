import { expect } from "vitest";
import { reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";

/** Makes the page read its list of runs. */
const newsOfAnotherTab = `new BroadcastChannel("studio-run-events").postMessage({
  version: 1, runId: "another", time: Date.now(), type: "warned", message: "news",
})`;

test("a full disk pauses the run and names the room it needs, and cleared storage is told, not taken for a first visit", async ({
  open,
}) => {
  const studio = await open();
  const session = await studio.context.newCDPSession(studio.page);
  const origin = new URL(studio.page.url()).origin;
  // Before the first write: IndexedDB looks at its quota only now and then.
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 40_000_000 });
  await studio.dropDataset(reviews(80));
  await studio.waitForData();
  await studio.goTo("Training");
  await studio.setArguments({
    num_train_epochs: "400",
    max_length: "16",
    logging_steps: "10",
    evaluation_strategy: "steps",
    save_strategy: "steps",
  });
  await studio.setArguments({ eval_steps: "20", save_steps: "20" });
  await studio.press("Start training");
  await studio.waitForPhase("paused");
  const note = studio.page.getByRole("alert").filter({ hasText: "There is no room" });
  expect(await note.textContent()).toMatch(
    /no room for checkpoint-\d+.*Free at least [\d.,]+\sMB/su,
  );

  await session.send("Storage.overrideQuotaForOrigin", { origin });
  await note.getByRole("button", { name: /^Resume/u }).click();
  await studio.waitForPhase("training");
  await studio.press("Stop");
  await studio.waitForPhase("stopped");

  await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
  // The page may read its list once more before it is left.
  await studio.page.evaluate(newsOfAnotherTab);
  await studio.goTo("History");
  await studio.page.getByText("No runs yet").waitFor();
  await studio.page.reload();
  await studio.page.getByText("This browser's storage was cleared: a run is gone").waitFor();
});
