// Scores a model on the 500 held-out word problems of "Sums, step by step", on the built page's playground, on wasm: answers at once,
// step by step, the majority of five drawn chains, and one chain that is drawn like them. Prints the README's table and fails where
// step by step does not beat direct answers by 20 points, or five chains are worse than one.
//   npm run benchmark:reasoning -- [--model "Tiny prose 3M, tuned on sums"] [--rows 50] [--max-new-tokens 96] [--temperature 0.5]
// With --fresh 1000 it asks so many other problems: what settings are chosen by, so that the held-out rows stay unseen.
import { parseArgs } from "node:util";
import Papa from "papaparse";
import { openStudio, type Studio } from "../tests/e2e/support/studio.ts";
import { makeSums } from "./make-sums.ts";
import { serve } from "./serve.ts";

const modes = ["Direct", "Zero-shot", "Self-consistency", "One drawn chain"] as const;

const { values: options } = parseArgs({
  options: {
    /** Its name in the list; without it the one that "Try Sums, step by step" chooses. */
    model: { type: "string" },
    rows: { type: "string", default: "500" },
    "max-new-tokens": { type: "string", default: "96" },
    /** Of the chains; without it the page's own. */
    temperature: { type: "string" },
    /** How many problems to ask that stand neither in the sample nor among its held-out rows. */
    fresh: { type: "string" },
  },
});

const server = await serve();
const studio = await openStudio({ url: server.url, backend: "wasm" });
// A busy machine may take minutes to answer.
studio.page.setDefaultTimeout(0);
try {
  report(await score(studio));
} finally {
  await studio.close();
  await server.close();
}

/** The cells of the table on the page, a row a mode. */
async function score(studio: Studio): Promise<readonly (readonly string[])[]> {
  const { page, goTo, setArguments } = studio;
  await goTo("Playground");
  await page.getByRole("button", { name: /Sums, step by step/u }).click();
  await page.getByText("Expected answer").waitFor();
  if (options.model !== undefined) {
    await page.locator('[name="generator"]').selectOption({ label: options.model });
  }
  await page.locator('[name="max_new_tokens"]').fill(options["max-new-tokens"]);
  if (options.fresh !== undefined) {
    await page.locator('[name="questions"]').setInputFiles(freshProblems(Number(options.fresh)));
    await page
      .getByText(`${Number(options.fresh).toLocaleString("en")} rows`)
      .first()
      .waitFor();
  }
  await page.getByRole("radio", { name: "Score" }).check({ force: true });
  await page.locator('[name="most_rows"]').fill(options.fresh ?? options.rows);
  if (options.temperature !== undefined) {
    await setArguments({ chain_temperature: options.temperature });
  }
  const rows = await pressScore(studio);
  await setArguments({ mode_direct: false, mode_zero_shot: false, chain_chains: "1" });
  const drawn = await pressScore(studio);
  return [...rows, ...drawn.map(([_, ...cells]) => ["One drawn chain", ...cells])];
}

function freshProblems(count: number) {
  const known = new Set(makeSums(5500, 42).map(({ question }) => question));
  const fresh = makeSums(4 * count, 7).filter(({ question }) => !known.has(question));
  const csv = Papa.unparse(fresh.slice(0, count));
  return { name: "fresh.csv", mimeType: "text/csv", buffer: Buffer.from(csv) };
}

async function pressScore({ page, press }: Studio): Promise<readonly (readonly string[])[]> {
  await press("Score");
  const stop = page.getByRole("button", { name: "Stop", exact: true });
  await stop.waitFor();
  await stop.waitFor({ state: "detached", timeout: 3_600_000 });
  return page
    .locator("main tbody tr")
    .evaluateAll((rows) =>
      rows.map((row) => [...row.children].map(({ textContent }) => textContent ?? "")),
    );
}

function report(rows: readonly (readonly string[])[]): void {
  const heads = ["mode", "accuracy", "right", "no answer", "tokens an answer", "tokens/s", "time"];
  print(`| ${heads.join(" | ")} |\n|${heads.map(() => "---").join("|")}|`);
  for (const cells of rows) print(`| ${cells.join(" | ")} |`);
  const share = (mode: (typeof modes)[number]) => {
    const right = rows.find(([name]) => name === mode)?.[2] ?? "";
    const [, hits, all] = /^([\d,]+) of ([\d,]+)$/u.exec(right) ?? [];
    if (hits === undefined || all === undefined) throw new Error(`The mode ${mode} has no score.`);
    return Number(hits.replaceAll(",", "")) / Number(all.replaceAll(",", ""));
  };
  const [direct, steps, voted, drawn] = modes.map(share) as [number, number, number, number];
  const goals = [
    { goal: "step by step beats direct answers by 20 points", met: steps - direct >= 0.2 },
    { goal: "five chains are no worse than one step by step", met: voted >= steps },
    { goal: "five chains are no worse than one drawn like them", met: voted >= drawn },
  ];
  for (const { goal, met } of goals) print(`${met ? "met" : "MISSED"}: ${goal}`);
  process.exitCode = goals.every(({ met }) => met) ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
