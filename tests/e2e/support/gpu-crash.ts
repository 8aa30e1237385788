// Crashes the browser's graphics process twice in a run on WebGPU. Slow on a software adapter: a stress test, not part of the suite.
import { reviews } from "./files.ts";
import { openStudio } from "./studio.ts";

/** Throws where the run does not go on by itself after the first crash, or says nothing after the second. */
export async function playGpuCrash(url: string): Promise<void> {
  const studio = await openStudio({ url, backend: "webgpu" });
  try {
    const browser = await studio.context.browser()?.newBrowserCDPSession();
    if (browser === undefined) throw new Error("The browser cannot be driven.");
    await studio.dropDataset(reviews(40));
    await studio.waitForData();
    await studio.goTo("Training");
    await studio.chooseMode("head");
    await studio.setArguments({
      num_train_epochs: "1000",
      max_length: "8",
      evaluation_strategy: "steps",
      save_strategy: "steps",
    });
    await studio.setArguments({ eval_steps: "5", save_steps: "5" });
    await studio.press("Start training");
    await studio.page
      .getByText(/^checkpoint-\d+$/u)
      .first()
      .waitFor({ timeout: 90_000 });
    await browser.send("Browser.crashGpuProcess");
    await studio.page
      .getByText(/Continues from results\/checkpoint-\d+/u)
      .first()
      .waitFor({ timeout: 90_000 });
    await studio.waitForPhase("training");
    await browser.send("Browser.crashGpuProcess");
    await studio.page
      .getByText(/graphics device was lost a second time|does not come back/u)
      .waitFor();
    await studio.waitForPhase("interrupted");
  } finally {
    await studio.context.close();
  }
}
