// The page of the benchmark: one worker a contender, driven by scripts/benchmark-speed.ts through `window.benchmark`.
import jaxUrl from "./jax.worker.ts?worker&url";
import type { ContenderAnswer, ContenderMessage, Task } from "./messages.ts";
import oursUrl from "./ours.worker.ts?worker&url";
import stockUrl from "./stock.worker.ts?worker&url";

const scripts = { ours: oursUrl, jax: jaxUrl, stock: stockUrl };

export interface BenchmarkPage {
  /** Makes a contender ready under a name; gives what it runs on. */
  prepare(name: string, script: keyof typeof scripts, task: Task, threads: number): Promise<string>;
  /** Mean milliseconds of so many steps, and the last one's loss. */
  run(name: string, steps: number): Promise<{ milliseconds: number; loss: number }>;
  /** Ends a contender's worker. */
  end(name: string): void;
}

const workers = new Map<string, Worker>();

function ask(worker: Worker, message: ContenderMessage): Promise<ContenderAnswer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<ContenderAnswer>) => {
      if (data.type === "failed") reject(new Error(data.message));
      else resolve(data);
    };
    worker.onerror = (event) => reject(new Error(event.message || "The worker did not start."));
    worker.postMessage(message);
  });
}

const benchmark: BenchmarkPage = {
  async prepare(name, script, task, threads) {
    const worker = workers.get(name) ?? new Worker(scripts[script], { type: "module" });
    workers.set(name, worker);
    const answer = await ask(worker, { type: "prepare", task, threads });
    return answer.type === "prepared" ? answer.description : "";
  },
  async run(name, steps) {
    const worker = workers.get(name);
    if (worker === undefined) throw new Error(`${name} was not prepared.`);
    const answer = await ask(worker, { type: "run", steps });
    if (answer.type !== "ran") throw new Error(`${name} did not run.`);
    return { milliseconds: answer.milliseconds, loss: answer.loss };
  },
  end(name) {
    workers.get(name)?.terminate();
    workers.delete(name);
  },
};

Object.assign(window, { benchmark });
