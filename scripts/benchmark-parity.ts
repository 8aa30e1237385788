// Is it the Trainer? Does the golden runs again on every back end and prints how far apart they are.
//   npm run benchmark:parity -- [--golden DIR] [--backends wasm,cpu,webgpu] [--models bert,roberta] [--json]
// Ends with exit code 1 where a limit is exceeded, with 2 where it could not measure. The table is the README's.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureInBrowser } from "./parity/browser.ts";
import type { Parity } from "./parity/measure.ts";

const backends = ["wasm", "cpu", "webgpu"] as const;
const known = [
  ...["bert", "roberta", "distilbert"],
  ...["gpt2", "llama", "smollm", "qwen2", "qwen3", "gemma3"],
];

const { values: options } = parseArgs({
  options: {
    golden: {
      type: "string",
      default: fileURLToPath(new URL("../tests/golden", import.meta.url)),
    },
    backends: { type: "string", default: backends.join() },
    models: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const note = (text: string) => process.stderr.write(`${text}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  const parities = await measureInBrowser(chosenModels(), chosenBackends(), options.golden, note);
  for (const backend of backends) printTable(parities.filter((each) => each.backend === backend));
  const exceeded = parities.flatMap(({ model, backend, figures }) =>
    figures
      .filter(({ difference, limit }) => !(difference <= limit))
      .map((figure) => ({ model, backend, ...figure })),
  );
  for (const { model, backend, name, difference, limit, where } of exceeded) {
    print(
      `${model} on ${backend}: ${name} differ by ${short(difference)} (${where}), limit ${limit}.`,
    );
  }
  const runs = parities.reduce((sum, each) => sum + each.runs, 0);
  print(`${runs} runs, ${exceeded.length} limits exceeded.`);
  if (options.json) print(JSON.stringify({ golden: options.golden, parities, exceeded }));
  process.exitCode = exceeded.length === 0 ? 0 : 1;
} catch (error) {
  note(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}

/** The models asked for, or all text classifiers and language models of the folder. */
function chosenModels(): string[] {
  const found = readdirSync(options.golden).filter((name) => {
    const file = join(options.golden, name, "expected.json");
    return (
      known.includes(name) && existsSync(file) && "full" in JSON.parse(readFileSync(file, "utf8"))
    );
  });
  const asked = options.models?.split(",") ?? found;
  const lacking = asked.filter((name) => !found.includes(name));
  if (lacking.length > 0 || asked.length === 0) {
    throw new Error(
      `${options.golden} has no golden model ${lacking.join(", ")}. It has: ${found.join(", ") || "none"}.`,
    );
  }
  return asked;
}

function chosenBackends(): string[] {
  const asked = options.backends.split(",");
  const unknown = asked.find((name) => !(backends as readonly string[]).includes(name));
  if (unknown === undefined) return asked;
  throw new Error(`There is no back end ${unknown}: choose from ${backends.join(", ")}.`);
}

/** One back end: a row a model, a column a figure. */
function printTable(parities: readonly Parity[]): void {
  const [first] = parities;
  if (first === undefined) return;
  print(`\n| ${first.backend} | runs | ${first.figures.map(({ name }) => name).join(" | ")} |`);
  print(`|---|---|${first.figures.map(() => "---").join("|")}|`);
  for (const { model, runs, figures } of parities) {
    print(
      `| ${model} | ${runs} | ${figures.map(({ difference }) => short(difference)).join(" | ")} |`,
    );
  }
  print(`| limit | | ${first.figures.map(({ limit }) => short(limit)).join(" | ")} |`);
}

function short(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}
