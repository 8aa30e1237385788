// "Verify in Python" of a stored run: its model, rows and log are read anew, the first updates computed, and all of it zipped.
import { logRowSchema } from "../../config/events.ts";
import { taskOf } from "../../config/problem-type.ts";
import { planSteps } from "../../config/step-arithmetic.ts";
import { isMetricSchedule, loggingDir } from "../../config/training-arguments.ts";
import { epochBatches } from "../../data/sampler.ts";
import { zipFiles } from "../../formats/zip.ts";
import { StudioError } from "../../lib/errors.ts";
import { readLines } from "../../storage/logs.ts";
import { createTask, type TaskParts } from "../create-task.ts";
import { createGate } from "../macrotask.ts";
import { verificationFiles } from "./verification.ts";

/** The zip. @throws StudioError where the run cannot be replayed. */
export async function exportVerification(parts: TaskParts): Promise<Blob> {
  const { record, base, backend } = parts;
  const args = record.arguments;
  if (isMetricSchedule(args.lr_scheduler_type)) {
    throw new StudioError(
      `${args.lr_scheduler_type} follows the scores, which a replay of single updates does not have.`,
      { hint: "Runs with every other schedule can be verified." },
    );
  }
  const gate = createGate();
  const task = await createTask(parts);
  const model = await task.createModel(() => {}, gate);
  try {
    const plan = planSteps(args, task.trainRows);
    const size = args.gradient_accumulation_steps;
    const files = await verificationFiles({
      name: record.name,
      backend: `${backend.backend} (${backend.adapter})`,
      tolerance: backend.backend === "webgpu" ? 1e-4 : 1e-5,
      args,
      plan,
      task: taskOf(record.dataset),
      config: task.config,
      model,
      isNoisy: args.neftune_noise_alpha !== null || hasDropout(base.parsedConfig),
      logHistory: (await readLines(loggingDir(args), "log.jsonl")).map((line) =>
        logRowSchema.parse(JSON.parse(line)),
      ),
      updateAt(step) {
        const epoch = Math.floor(step / plan.updatesPerEpoch);
        const first = (step - epoch * plan.updatesPerEpoch) * size;
        const batches = epochBatches(args, model.trainLengths, epoch).slice(first, first + size);
        return model.trainBatches(batches);
      },
      nextTask: () => gate.pass(),
    });
    return await zipFiles(
      files.map(({ name, bytes }) => ({
        name: `${record.name}-verify/${name}`,
        blob: new Blob([bytes]),
      })),
    );
  } finally {
    model.dispose();
  }
}

/** GPT-2 has `resid_pdrop` and the like; its `summary_first_dropout` is of a head that is not ours. */
const isDropout = /^(?!summary_).*(?:dropout|pdrop)/u;

/** True where a config.json, defaults filled in, names a dropout above 0. */
const hasDropout = (config: unknown): boolean =>
  Object.entries(config as Record<string, unknown>).some(
    ([key, value]) => isDropout.test(key) && typeof value === "number" && value > 0,
  );
