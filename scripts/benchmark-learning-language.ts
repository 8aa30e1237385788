// Does a language model really learn? On the built page, on wasm. tiny-prose-3m on dictionary pages, a kind of text that it has not
// seen, against the same architecture from random weights; then on words with their meanings, and whether it ends what it writes.
// Prints the README's table and fails where a goal is missed.
//   npm run benchmark:learning:language -- [--only scratch|ends]
import { parseArgs } from "node:util";
import { openStudio, type Studio } from "../tests/e2e/support/studio.ts";
import { serve } from "./serve.ts";

/** From random weights the best of several rates counts, so that the comparison is no straw man. */
const studies = [
  { name: "fine-tuned", mode: "full", rate: "0.001" },
  { name: "from random weights", mode: "scratch", rate: "0.003" },
  { name: "from random weights", mode: "scratch", rate: "0.01" },
] as const;
const prompts = 100;
const longest = "96";

const { values: options } = parseArgs({ options: { only: { type: "string" } } });
const server = await serve();
const studio = await openStudio({ url: server.url, backend: "wasm" });
// A busy machine may take minutes to answer.
studio.page.setDefaultTimeout(0);
const goals: { readonly goal: string; readonly met: boolean }[] = [];
try {
  if (options.only !== "ends") await compareWithScratch(studio);
  if (options.only !== "scratch") await countEnds(studio);
} finally {
  await studio.close();
  await server.close();
}
for (const { goal, met } of goals) print(`${met ? "met" : "MISSED"}: ${goal}`);
process.exitCode = goals.every(({ met }) => met) ? 0 : 1;

async function compareWithScratch(studio: Studio): Promise<void> {
  await chooseSample(studio, "dictionary");
  await studio.setArguments({ packing: true });
  print(
    "| 100 updates of 4 x 128 tokens | rate | held-out nats a token | before | seconds |\n|---|---|---|---|---|",
  );
  const runs: { mode: string; loss: number; seconds: number }[] = [];
  for (const { name, mode, rate } of studies) {
    const seconds = await train(studio, mode, {
      max_steps: "100",
      per_device_train_batch_size: "4",
      max_length: "128",
      learning_rate: rate,
      save_strategy: "no",
    });
    const [loss, before] = await readTokenLoss(studio);
    runs.push({ mode, loss, seconds });
    print(
      `| ${name} | ${rate} | ${loss.toFixed(3)} | ${before.toFixed(3)} | ${seconds.toFixed(1)} |`,
    );
  }
  const best = (wanted: string) =>
    Math.min(...runs.filter(({ mode }) => mode === wanted).map(({ loss }) => loss));
  const gain = best("scratch") - best("full");
  const seconds = runs.find(({ mode }) => mode === "full")?.seconds ?? Number.NaN;
  goals.push(
    { goal: `pretraining is worth 0.7 nats a token: ${gain.toFixed(3)}`, met: gain >= 0.7 },
    { goal: `100 updates take under 45 s: ${seconds.toFixed(1)}`, met: seconds < 45 },
  );
}

/** Trains on prompts with completions, then writes to held-out prompts and counts how many texts end by themselves. */
async function countEnds(studio: Studio): Promise<void> {
  const { page, goTo, press, setArguments } = studio;
  await chooseSample(studio, "definitions");
  await train(studio, "full", {
    num_train_epochs: "3",
    per_device_train_batch_size: "8",
    max_length: "128",
    learning_rate: "0.001",
    save_strategy: "epoch",
  });
  await goTo("Playground");
  await press("Take definitions.csv");
  const rows = page.getByRole("button", { name: /^Ask: /u });
  await rows.first().waitFor();
  while ((await rows.count()) < prompts) await press("More rows");
  const tuned = page.locator('[name="generator"] option', { hasText: /^definitions/u }).first();
  await setArguments({ generator: (await tuned.getAttribute("value")) ?? "" });
  await page.locator('[name="max_new_tokens"]').fill(longest);
  const write = page.getByRole("button", { name: "Write on", exact: true });
  let ended = 0;
  for (let row = 0; row < prompts; row += 1) {
    await rows.nth(row).click();
    const prompt = await page.locator('[name="prompt"]').inputValue();
    await write.click();
    const end = page.getByText(/ · (?:ended by itself|max_new_tokens reached)$/u).first();
    // The text of the row before goes as soon as this one begins: short texts are written too fast for a look at the buttons.
    await page.locator("main p > span").filter({ hasText: prompt }).first().waitFor();
    await end.waitFor();
    if ((await end.textContent())?.endsWith("ended by itself") === true) ended += 1;
    await write.waitFor();
    if ((row + 1) % 20 === 0) print(`${ended} of ${row + 1} ended`);
  }
  print(
    `\nOf ${prompts} held-out prompts, ${ended} texts end by themselves within ${longest} tokens.`,
  );
  goals.push({
    goal: `95 % of ${prompts} held-out prompts end by themselves: ${ended}`,
    met: ended >= 0.95 * prompts,
  });
}

async function chooseSample(studio: Studio, name: "dictionary" | "definitions"): Promise<void> {
  await studio.goTo("Data");
  const names = { dictionary: "Pages of a dictionary", definitions: "What a word means" };
  const select = studio.page.locator('[name="sample"]');
  const card = studio.page.getByRole("button", { name: new RegExp(names[name], "u") });
  await select.or(card).first().waitFor();
  if ((await select.count()) > 0) await select.selectOption(name);
  else await card.click();
  const file = { dictionary: "dictionary.txt", definitions: "definitions.csv" }[name];
  await studio.page.getByText(file).first().waitFor();
  await studio.waitForData();
}

/** Runs it and gives the seconds between its first sign of training and its last update. */
async function train(
  studio: Studio,
  mode: "full" | "scratch",
  args: Readonly<Record<string, string>>,
): Promise<number> {
  const { page, goTo, press, setArguments, waitForPhase } = studio;
  await goTo("Training");
  await studio.chooseMode(mode);
  await setArguments({
    ...args,
    evaluation_strategy: "no",
    load_best_model_at_end: false,
  });
  await press("Start training");
  await waitForPhase("preparing", "training");
  await waitForPhase("training");
  const start = Date.now();
  const status = page.locator("[role=status][data-phase]");
  while ((await status.getAttribute("data-phase")) === "training") await page.waitForTimeout(20);
  const seconds = (Date.now() - start) / 1000;
  if ((await waitForPhase("completed", "failed")) === "failed") {
    throw new Error(`The run of ${mode} failed.`);
  }
  return seconds;
}

/** Loss a token of the run's results: after training, and before. */
async function readTokenLoss({ page, goTo }: Studio): Promise<[number, number]> {
  await goTo("Results");
  const read = async (attribute: string) =>
    Number(await page.locator(`[${attribute}="token_loss"]`).textContent());
  return [await read("data-metric"), await read("data-before")];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
