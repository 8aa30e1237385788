// PyTorch as a peer of the speed benchmark: a Python process that answers one line a request.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Task } from "../benchmarks/speed/messages.ts";

export interface Torch {
  readonly version: string;
  /** The library behind its matrix products. */
  readonly blas: string;
  prepare(task: Task, threads: number): Promise<void>;
  run(steps: number): Promise<{ milliseconds: number; loss: number }>;
  end(): Promise<void>;
}

const script = fileURLToPath(new URL("../benchmarks/speed/torch_peer.py", import.meta.url));

/** Starts PyTorch; null where no Python here has it. `PYTHON` names another Python. */
export async function startTorch(): Promise<Torch | null> {
  // Debian's PyTorch belongs to Debian's Python, which need not be the first on the PATH.
  const pythons = [process.env.PYTHON, "python3", "/usr/bin/python3"].filter((name) => name);
  const python = pythons.find(
    (name) => spawnSync(name as string, ["-c", "import torch"]).status === 0,
  );
  if (python === undefined) return null;
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => JSON.parse((await lines.next()).value as string);
  const ask = (request: object) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return read();
  };
  const { version, blas } = await read();
  return {
    version,
    blas,
    prepare: (task, threads) => ask({ type: "prepare", task, threads }),
    run: (steps) => ask({ type: "run", steps }),
    end: async () => {
      child.stdin.end();
    },
  };
}
