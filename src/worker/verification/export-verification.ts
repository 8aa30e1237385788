// "Verify in Python" of a stored run: its model, rows and log are read anew, the first updates computed, and all of it zipped.
import { logRowSchema } from "../../config/events.ts";
import type { RunRecord } from "../../config/run-record.ts";
import { planSteps } from "../../config/step-arithmetic.ts";
import { isMetricSchedule, loggingDir } from "../../config/training-arguments.ts";
import { epochBatches } from "../../data/sampler.ts";
import type { RunningBackend } from "../../engine/backend.ts";
import { zipFiles } from "../../formats/zip.ts";
import { StudioError } from "../../lib/errors.ts";
import { readLines } from "../../storage/logs.ts";
import type { BaseModel } from "../base-model.ts";
import { classifierConfig } from "../checkpoint-files.ts";
import type { FeatureStore } from "../feature-cache.ts";
import { createGate } from "../macrotask.ts";
import { readChosen } from "../read-chosen.ts";
import { createRunModel } from "../run-model.ts";
import { verificationFiles } from "./verification.ts";

/** The zip. @throws StudioError where the run cannot be replayed. */
export async function exportVerification(parts: {
  record: RunRecord;
  base: BaseModel;
  backend: RunningBackend;
  features: FeatureStore;
}): Promise<Blob> {
  const { record, base, backend } = parts;
  const args = record.arguments;
  if (isMetricSchedule(args.lr_scheduler_type)) {
    throw new StudioError(
      `${args.lr_scheduler_type} follows the scores, which a replay of single updates does not have.`,
      { hint: "Runs with every other schedule can be verified." },
    );
  }
  const gate = createGate();
  const prepared = await readChosen(record.dataset);
  const model = await createRunModel({ ...parts, prepared, gate }, () => {});
  try {
    const plan = planSteps(args, prepared.train.length);
    const size = args.gradient_accumulation_steps;
    const files = await verificationFiles({
      name: record.name,
      backend: `${backend.backend} (${backend.adapter})`,
      tolerance: backend.backend === "webgpu" ? 1e-4 : 1e-5,
      args,
      plan,
      config: classifierConfig(base, prepared.labels, record.dataset.problem_type),
      classifier: model.classifier,
      trainable: model.trainable,
      objective: model.objective,
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

/** True where a config.json, defaults filled in, names a dropout above 0. */
const hasDropout = (config: unknown): boolean =>
  Object.entries(config as Record<string, unknown>).some(
    ([key, value]) => key.includes("dropout") && typeof value === "number" && value > 0,
  );
