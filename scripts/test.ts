// Runs the tests: all kinds, or those named (`unit`, `gpu`, `e2e`). Ends with one line: "123 passed, 0 failed".
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureChromium } from "./chromium.ts";

const kinds = ["unit", "gpu", "e2e"];
const asked = process.argv.slice(2);
const unknown = asked.find((kind) => !kinds.includes(kind));
if (unknown !== undefined)
  throw new Error(`There are no ${unknown} tests: choose from ${kinds.join(", ")}.`);

const chosen = asked.length === 0 ? kinds : asked;
const env = { ...process.env };
if (chosen.some((kind) => kind !== "unit")) env.CHROMIUM_PATH = ensureChromium();
// The unit tests read the embedded model, the e2e tests the whole built page.
const prepared = chosen.includes("e2e") ? run("build") : run("prepare:public");

const totals = { passed: 0, failed: prepared ? 0 : 1 };
if (prepared) for (const kind of chosen) runKind(kind);
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`);
process.exitCode = totals.failed === 0 ? 0 : 1;

function run(script: string): boolean {
  // A shell, because npm and npx are scripts on Windows.
  const command = `npm run --silent ${script}`;
  return spawnSync(command, { stdio: "inherit", shell: true }).status === 0;
}

function runKind(kind: string): void {
  const folder = mkdtempSync(join(tmpdir(), "studio-tests-"));
  const report = join(folder, "report.json");
  // The tests that measure time come last, alone.
  const projects = kind === "e2e" ? "--project e2e --project e2e-alone" : `--project ${kind}`;
  const command = `npx vitest run ${projects} --reporter=default --reporter=json`;
  const { status } = spawnSync(`${command} --outputFile.json="${report}"`, {
    stdio: "inherit",
    shell: true,
    env,
  });
  const { passed, failed } = readReport(report);
  totals.passed += passed;
  // A crash without a failed test is a failure too.
  totals.failed += status !== 0 && failed === 0 ? 1 : failed;
  rmSync(folder, { recursive: true, force: true });
}

function readReport(report: string): { passed: number; failed: number } {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
    return { passed: Number(numPassedTests), failed: Number(numFailedTests) };
  } catch {
    return { passed: 0, failed: 0 };
  }
}
