// The studio: its ops on its CPU kernels, its training step, its AdamW.
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../../src/engine/backend.ts";
import { bundledWasmFiles } from "../../src/engine/wasm-files.ts";
import { createObjective } from "../../src/trainer/objective.ts";
import { adamw } from "../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../src/trainer/optimizers/optimizer.ts";
import { trainStep } from "../../src/trainer/train-step.ts";
import {
  beta1,
  beta2,
  epsilon,
  type GptSize,
  gptBatch,
  gptShapes,
  gptValues,
  learningRate,
  weightDecay,
} from "./gpt-size.ts";
import { type Prepared, serveContender } from "./messages.ts";
import { gptLogits } from "./ours-gpt.ts";
import { loadUseLite, stepsNow } from "./use-lite.ts";

const objective = createObjective("single_label_classification");
const updateOptions = { objective, learningRate, weightDecay, maxGradNorm: 1 };

serveContender(async (task, threads) => {
  const running = await startBackend("wasm", bundledWasmFiles(self.location.href), { threads });
  const description = running.adapter;
  switch (task.type) {
    case "gpt":
      return { description, ...prepareGpt(task.size) };
    case "gemm":
      return { description, ...prepareGemm(task.size) };
    case "useLite":
      return { description, ...stepsNow(await loadUseLite()) };
    default:
      return task satisfies never;
  }
});

function prepareGpt(size: GptSize): Omit<Prepared, "description"> {
  const shapes = gptShapes(size);
  const parameters = new Map(
    [...gptValues(size)].map(
      ([name, values]) => [name, tf.variable(tf.tensor(values, shapes.get(name)))] as const,
    ),
  );
  const rule = adamw({ beta1, beta2, epsilon });
  const state = initOptimizer(rule, parameters);
  const { ids, targets } = gptBatch(size);
  const logits = () => gptLogits(parameters, size, ids);
  return {
    async step() {
      const batch = { labels: targets, logits };
      return (await trainStep(parameters, rule, state, [batch], updateOptions)).loss;
    },
    dispose() {
      disposeOptimizer(state);
      tf.dispose([...parameters.values()]);
    },
  };
}

function prepareGemm(size: number): Omit<Prepared, "description"> {
  const a = tf.randomUniform([size, size]) as tf.Tensor2D;
  const b = tf.randomUniform([size, size]) as tf.Tensor2D;
  return {
    async step() {
      tf.matMul(a, b).dispose();
      return 0;
    },
    dispose: () => tf.dispose([a, b]),
  };
}
