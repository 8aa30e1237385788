// A model of the user's own: a BERT in a zip, looked at, trained in its last layer, downloaded, dropped back, deleted.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { expect } from "vitest";
import { reviews } from "./support/files.ts";
import { test } from "./support/fixture.ts";
import type { Studio } from "./support/studio.ts";

const golden = (path: string) =>
  new Uint8Array(readFileSync(new URL(`../golden/${path}`, import.meta.url)));

/** A zip of the golden BERT; its config.json with changes. */
function bertZip(name: string, changes: Record<string, unknown> = {}): string {
  const config = {
    ...JSON.parse(new TextDecoder().decode(golden("bert/config.json"))),
    ...changes,
  };
  const path = join(mkdtempSync(join(tmpdir(), "models-")), name);
  const files = {
    "config.json": new TextEncoder().encode(JSON.stringify(config)),
    "model.safetensors": golden("bert/model.safetensors"),
    "tokenizer.json": golden("tokenizers/wordpiece.json"),
  };
  writeFileSync(path, zipSync(files));
  return path;
}

const dropModel = (studio: Studio, path: string) =>
  studio.page.locator('input[type=file][name="model"]').setInputFiles(path);

test("a BERT of the user's own is shown, trained in its last layer, taken home and brought back", async ({
  open,
}) => {
  const studio = await open();
  const { page } = studio;
  await studio.dropDataset(reviews(60));
  await studio.goTo("Model");
  await dropModel(studio, bertZip("wide-bert.zip", { hidden_size: 64 }));
  await page
    .getByText(/word_embeddings\.weight with the shape \[384, 32\].*\[384, 64\]/u)
    .waitFor();
  await dropModel(studio, bertZip("my-bert.zip"));
  const models = page.locator("section", { has: page.getByRole("heading", { name: "Models" }) });
  await models.getByText("my-bert").waitFor();
  await page.getByText("32 wide, 96 neurons, 4 heads").first().waitFor();

  await studio.goTo("Training");
  await studio.chooseMode("last");
  await studio.setArguments({ num_trainable_layers: "3" });
  await page.getByText("A whole number from 1 to 2, the layers of this model, please.").waitFor();
  await studio.setArguments({ num_trainable_layers: "1", num_train_epochs: "2", max_length: "64" });
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");

  await studio.goTo("Results");
  const text = "The lamp was wonderful and the soup was lovely";
  const before = await predict(studio, text);
  const zip = await studio.downloadBest();
  const files = unzipSync(readFileSync(zip));
  const config = JSON.parse(new TextDecoder().decode(files["config.json"]));
  expect(config).toMatchObject({
    model_type: "bert",
    architectures: ["BertForSequenceClassification"],
    id2label: { 0: "bad", 1: "good" },
  });
  await studio.goTo("Model");
  await dropModel(studio, zip);
  await page.getByText("bad, good").first().waitFor();
  expect(await predict(studio, text)).toEqual(before);

  await models.getByRole("button", { name: "Delete my-bert" }).click();
  await models.getByRole("button", { name: "Delete my-bert" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo: bring my-bert back" }).click();
  await models.getByRole("button", { name: "Choose my-bert" }).click();
  await page.getByText("LABEL_0, LABEL_1, LABEL_2").first().waitFor();
  await models.getByRole("button", { name: "Delete my-bert" }).click();
  await page.getByRole("button", { name: "Undo: bring my-bert back" }).waitFor();
  // Deleted for good once the time to undo is over; another model is chosen meanwhile.
  await page.getByRole("button", { name: /^Undo/u }).waitFor({ state: "detached" });
  await page.reload();
  await studio.goTo("Model");
  await models.getByText("Universal Sentence Encoder lite").waitFor();
  expect(await models.getByText("my-bert", { exact: true }).count()).toBe(0);
});

async function predict(studio: Studio, text: string): Promise<[string, number][]> {
  await studio.page.locator('input[name="text"]').fill(text);
  await studio.press("Predict");
  const values = studio.page.locator("[data-probability]");
  await values.first().waitFor();
  return values.evaluateAll((elements) =>
    elements.map((element): [string, number] => [
      element.getAttribute("data-probability") ?? "",
      Number(element.getAttribute("data-value")),
    ]),
  );
}
