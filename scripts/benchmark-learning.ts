// Does it really learn? Five seeded splits of the sentiment sample, on the built page, on wasm. Prints the README's table.
// The accuracy is that of the last epoch, so that nothing was chosen by the rows that it is measured on.
import { openStudio, type Studio } from "../tests/e2e/support/studio.ts";
import { serve } from "./serve.ts";

const seeds = [1, 2, 3, 4, 5];

const studies = [
  { name: "head only", mode: "head", rows: "" },
  { name: "everything", mode: "full", rows: "" },
  { name: "everything, 300 rows", mode: "full", rows: "300" },
  { name: "from scratch, 300 rows", mode: "scratch", rows: "300" },
] as const;

const server = await serve();
const studio = await openStudio({ url: server.url, backend: "wasm" });
// A busy machine may take minutes to answer; this benchmark asks about accuracy, not time.
studio.page.setDefaultTimeout(0);
const table: { name: string; accuracies: number[]; seconds: number[] }[] = [];
try {
  await studio.chooseSample();
  for (const study of studies) {
    const accuracies: number[] = [];
    const seconds: number[] = [];
    for (const seed of seeds) {
      const start = Date.now();
      accuracies.push(await trainOnce(studio, study, seed));
      seconds.push((Date.now() - start) / 1000);
    }
    table.push({ name: study.name, accuracies, seconds });
    process.stdout.write(`${describe(table.at(-1))}\n`);
  }
} finally {
  await studio.close();
  await server.close();
}
report();

async function trainOnce(
  studio: Studio,
  { mode, rows }: (typeof studies)[number],
  seed: number,
): Promise<number> {
  await studio.goTo("Data");
  await studio.setArguments({ split_seed: String(seed), max_train_rows: rows });
  await studio.page.keyboard.press("Tab");
  await studio.waitForData();
  await studio.goTo("Training");
  await studio.chooseMode(mode);
  await studio.setArguments({ seed: String(seed) });
  await studio.press("Start training");
  await studio.waitForPhase("preparing", "training", "evaluating");
  const phase = await studio.waitForPhase("completed", "failed");
  const accuracy = await studio.metric("eval_accuracy");
  if (phase === "failed" || accuracy === null)
    throw new Error(`The run ${mode}, seed ${seed}, failed.`);
  return accuracy;
}

function report(): void {
  const [head, full, pretrained, scratch] = table.map(({ accuracies }) => mean(accuracies));
  const rows = table.map((row) => `| ${describe(row)} |`);
  process.stdout.write(
    ["| trained | mean | each split | s a run |", "|---|---|---|---|", ...rows].join("\n"),
  );
  const goals = [
    { goal: "head only reaches 0.86", met: (head ?? 0) >= 0.86 },
    { goal: "everything reaches 0.88", met: (full ?? 0) >= 0.88 },
    { goal: "everything is at least as good as head only", met: (full ?? 0) >= (head ?? 1) },
    { goal: "pretraining is worth 0.15", met: (pretrained ?? 0) - (scratch ?? 1) >= 0.15 },
  ];
  process.stdout.write(
    `\n\n${goals.map(({ goal, met }) => `${met ? "met" : "MISSED"}: ${goal}`).join("\n")}\n`,
  );
  process.exitCode = goals.every(({ met }) => met) ? 0 : 1;
}

function describe(row: (typeof table)[number] | undefined): string {
  if (row === undefined) return "";
  const each = row.accuracies.map((accuracy) => accuracy.toFixed(3)).join(" ");
  return `${row.name} | ${mean(row.accuracies).toFixed(3)} | ${each} | ${mean(row.seconds).toFixed(0)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
