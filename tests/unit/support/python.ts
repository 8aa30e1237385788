// Python with PyTorch, where the machine has it: an independent reader of the files that the studio writes.
import { spawnSync } from "node:child_process";

const candidates = ["/usr/bin/python3", "python3", "python"];

/** A Python that imports torch, or undefined. */
export const torchPython = candidates.find(
  (python) => spawnSync(python, ["-c", "import torch"], { timeout: 60_000 }).status === 0,
);

/** A Python, or undefined. */
export const anyPython = candidates.find(
  (python) => spawnSync(python, ["--version"], { timeout: 60_000 }).status === 0,
);

/** What a script prints. Throws with its errors where it fails. */
export function runPython(python: string, script: string, args: readonly string[] = []): string {
  const { status, stdout, stderr } = spawnSync(python, ["-c", script, ...args], {
    encoding: "utf8",
    timeout: 120_000,
    maxBuffer: 64 * 1024 ** 2,
  });
  if (status !== 0) throw new Error(`Python failed:\n${stderr}`);
  return stdout;
}
