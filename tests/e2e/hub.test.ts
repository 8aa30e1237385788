// A model of the Hub, from its name to the chosen base model, against a server on the page's own origin that speaks the Hub's endpoints.
import { expect, onTestFinished, test } from "vitest";
import { serve } from "../../scripts/serve.ts";
import { shardedBert } from "../support/golden-bert.ts";
import { createFakeHub } from "../support/hub-server.ts";
import { openStudio } from "./support/studio.ts";

const token = "hf_aTokenOfTheTests";

test("a gated model in three shards is looked up, stopped half way, gone on with after a reload, and trained on Parquet rows", async () => {
  const repo = { files: shardedBert(), gatedFor: token };
  const hub = createFakeHub(new Map([["studio/tiny-bert", repo]]));
  const server = await serve({ beside: { "/hub/": hub.handle } });
  onTestFinished(() => server.close());
  const studio = await openStudio({ url: server.url, backend: "wasm", isKept: true });
  const { page } = studio;
  const find = async () => {
    await page.locator("#repo_id").fill("studio/tiny-bert");
    await studio.press("Look up");
  };
  const enterToken = async () => {
    await page.getByText("Token and address").click();
    await page.locator("#hub_token").fill(token);
  };

  await studio.goTo("Model");
  await page.getByText("Token and address").click();
  await page.locator("#hub_url").fill("https://example.org");
  await studio.press("Use it");
  await page.getByText("This page may not speak to example.org.").waitFor();
  await page.locator("#hub_url").fill(`${server.url}hub`);
  await studio.press("Use it");
  await find();
  await page.getByText("studio/tiny-bert is gated").waitFor();
  await page.locator("#hub_token").fill(token);

  await find();
  await page.getByRole("heading", { name: "studio/tiny-bert" }).waitFor();
  expect(await page.getByText(/^model-0000\d-of-00003\.safetensors$/u).count()).toBe(3);
  expect(hub.requests.some(({ path }) => path.endsWith(".safetensors"))).toBe(false);
  const held = 20_000;
  hub.faults.hold = { path: "model-00002-of-00003.safetensors", after: held };
  await page.getByRole("button", { name: /^Download \d/u }).click();
  const share = page.getByRole("progressbar");
  // Everything but the end of the largest shard has come: without its beginning there would be nothing to go on from.
  const others = ["00001", "00003"].map((part) => `model-${part}-of-00003.safetensors`);
  const before = others.reduce((sum, name) => sum + (repo.files.get(name)?.length ?? 0), held);
  const come = async () => Number(await share.getAttribute("aria-valuenow"));
  await expect.poll(come).toBeGreaterThanOrEqual(before);
  await studio.press("Stop");
  await page.getByRole("button", { name: /^Go on, .* left$/u }).waitFor();

  await page.reload();
  hub.faults.hold = undefined;
  hub.requests.length = 0;
  await studio.goTo("Model");
  await enterToken();
  await studio.press("Go on with the download of studio/tiny-bert");
  await page.getByText("studio/tiny-bert is stored and chosen.").waitFor();
  expect(hub.requests.some(({ range }) => range !== null)).toBe(true);
  await page.getByText("from the Hub, main").waitFor();
  expect(await page.locator("#model_name_or_path").inputValue()).toBe("models/studio/tiny-bert");

  // snappy is WebAssembly: it must run under the page's policy.
  await studio.goTo("Data");
  await studio.dropDataset(new URL("../golden/parquet/snappy.parquet", import.meta.url).pathname);
  await page.getByText("Parquet").first().waitFor();
  expect(await page.evaluate(everythingStored)).not.toContain("hf_");
  await studio.close();
});

/** All that the page has kept, as text: run in the page. */
async function everythingStored(): Promise<string> {
  const texts = [JSON.stringify(Object.entries(localStorage))];
  for (const { name = "" } of await indexedDB.databases()) {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => resolve(request.result);
    });
    const values = await new Promise<unknown[]>((resolve) => {
      const request = db.transaction("keyval").objectStore("keyval").getAll();
      request.onsuccess = () => resolve(request.result);
    });
    for (const value of values) {
      texts.push(value instanceof Blob ? await value.text() : JSON.stringify(value));
    }
    db.close();
  }
  return texts.join("\n");
}
