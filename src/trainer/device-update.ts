// One update on a GPU without a word to the processor: captured forward and backward passes whose gradients are added up in place,
// clipping and AdamW over whole areas of parameters. Loss and norm come back when they are there.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import type { CapturedSteps, Step } from "../engine/capture/captured-steps.ts";
import { createReadback } from "../engine/capture/readback.ts";
import { stepInput } from "../engine/capture/step-inputs.ts";
import { type Area, type AreaLayout, createArea, layOutAreas } from "../engine/gpu/areas.ts";
import { gpuBackend } from "../engine/gpu/gpu-backend.ts";
import { type GpuKernels, gpuKernels } from "../engine/gpu/gpu-kernels.ts";
import { GpuMemoryError } from "../engine/gpu/out-of-memory.ts";
import { takeGradients } from "../engine/variable-gradients.ts";
import { StudioError } from "../lib/errors.ts";
import type { AdamwOptions } from "../ops/adamw/adamw.ts";
import {
  adamwKernel,
  checksumArea,
  finishGradients,
  gatherElements,
  gatheredGradients,
  gatherGradients,
  gatherSum,
  squareElements,
  sumSquares,
} from "../ops/adamw/adamw.wgsl.ts";
import { runElementwise } from "../ops/wgsl.ts";
import { stepOf } from "./captured-batch.ts";
import { isDecayed, type OptimizerState, type Trainable } from "./optimizers/optimizer.ts";
import type { MicroBatch } from "./train-step.ts";
import type { MakeSmaller, PrepareOptions, Updater, UpdateSettings } from "./updater.ts";

interface DeviceParts {
  readonly steps: CapturedSteps;
  readonly trainable: Trainable;
  readonly state: OptimizerState;
  readonly rule: AdamwOptions;
  readonly settings: UpdateSettings;
}

/** The areas of some parameters: their values, gradients and means, all laid out alike. */
interface Chunk {
  readonly layout: AreaLayout;
  /** Elements, from the first, that decay. */
  readonly decayed: number;
  readonly parameter: Area;
  readonly gradient: Area;
  readonly mean: Area;
  readonly square: Area;
}

/** Where the gradient of a parameter lies. */
interface GradientPlace {
  readonly chunk: Chunk;
  readonly view: tf.Tensor;
  /** Index of its first element in the chunk's area. */
  readonly start: number;
}

/** By the parameters' names. */
type GradientPlaces = ReadonlyMap<string, GradientPlace>;

/** Numbers of a fingerprint a chunk. */
const checksumLanes = 256;

/** Moves parameters and optimiser state into areas and gives what updates them there. Both stay the caller's variables. */
export function createDeviceUpdater(parts: DeviceParts): Updater {
  const { steps, trainable, state, rule, settings } = parts;
  const backend = gpuBackend() as WebGPUBackend;
  const kernels = gpuKernels() as GpuKernels;
  const chunks = createChunks(backend, kernels, parts);
  const places = placeGradients(chunks);
  const own = createOwnTensors(kernels, chunks);
  const readback = createReadback(backend);
  // The variables have other buffers now.
  steps.reset();
  /** One update after the other is handed to the GPU. */
  let issueTime = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const microStep = (
    batch: MicroBatch,
    total: number,
    isFirst: boolean,
    replaces = isFirst,
  ): Step => {
    const first = Float32Array.of(replaces ? 1 : 0);
    const divisor = Float32Array.of(total);
    const { key, inputs, noise } = stepOf(batch);
    const told: tf.Tensor[] = [];
    const lossOf = () => {
      const sum = settings.objective.lossSum(batch.logits(), batch, (found) => {
        told.push(tf.keep(found));
      });
      return sum.div(stepInput<tf.Rank.R0>(divisor, [])) as tf.Scalar;
    };
    return {
      // The first one's gradients are computed in their places, those of the others are added there.
      key: isFirst ? `train ${key}` : `train, adding ${key}`,
      inputs: { ...inputs, first, divisor },
      noise,
      body() {
        const control = stepInput<tf.Rank.R1>(first, [1]);
        const names = [...trainable.keys()];
        const target = isFirst ? storing(kernels, places) : adding(kernels, places, control);
        try {
          const value = takeGradients(lossOf, [...trainable.values()], (gradient, index) => {
            target.take(names[index] ?? "", gradient);
          });
          target.finish();
          [value, ...told].forEach((sum, place) => {
            kernels.run(gatherSum, { control, value: sum, total: own.sums }, { place }, 1);
          });
        } finally {
          target.dispose();
          tf.dispose(told.splice(0));
        }
      },
    };
  };

  const updateStep = (learningRate: number, step: number): Step => {
    const numbers = Float32Array.of(
      1 - learningRate * settings.weightDecay,
      learningRate / (1 - rule.beta1 ** step),
      Math.sqrt(1 - rule.beta2 ** step),
      settings.maxGradNorm,
    );
    return {
      key: "update",
      inputs: { numbers },
      body: () => update(kernels, chunks, own, rule, stepInput<tf.Rank.R1>(numbers, [4])),
    };
  };

  /** What tells whether two ways gave the same gradients and loss to the last bit. */
  const fingerprint = async (): Promise<readonly number[]> => {
    const sums = tf.tidy(() => chunks.map((chunk) => checksum(kernels, chunk)));
    const values = await Promise.all([own.sums, ...sums].map((tensor) => tensor.data()));
    tf.dispose(sums);
    return values.flatMap((each) => [...each]);
  };

  const itemsOf = (batches: readonly MicroBatch[]) =>
    batches.reduce((sum, batch) => sum + settings.objective.itemCount(batch), 0);

  /** Prepares an update's steps. It changes nothing but gradients, so that it can be tried again. */
  const prepare = async (
    batches: readonly MicroBatch[],
    { makeSmaller, tell }: PrepareOptions,
  ): Promise<readonly MicroBatch[]> => {
    const total = itemsOf(batches);
    try {
      for (const [i, batch] of batches.entries()) {
        await steps.prepare(microStep(batch, total, i === 0, true), fingerprint, tell);
      }
      // It changes what it reads: it is recorded, and not run twice to compare.
      await steps.prepare(updateStep(0, state.step + 1), undefined, tell);
      return batches;
    } catch (error) {
      const smaller = error instanceof GpuMemoryError ? makeSmaller?.() : null;
      if (smaller == null) throw error;
      return prepare(smaller, { makeSmaller, tell });
    }
  };

  const submit = async (
    wanted: readonly MicroBatch[],
    learningRate: number,
    makeSmaller: MakeSmaller | undefined,
  ) => {
    const batches = await prepare(wanted, { makeSmaller });
    const total = itemsOf(batches);
    const last = updateStep(learningRate, state.step + 1);
    state.step += 1;
    let read: (() => Promise<Float32Array>) | undefined;
    const start = performance.now();
    steps.run([...batches.map((batch, i) => microStep(batch, total, i === 0)), last], (encoder) => {
      read = readback.copy(encoder, [own.metrics]);
    });
    issueTime += performance.now() - start;
    return { metrics: read?.() ?? Promise.resolve(new Float32Array()) };
  };

  return {
    depth: 2,
    reason: null,
    async prepare(batches, options) {
      await prepare(batches, options);
    },
    async step(batches, learningRate, makeSmaller) {
      const submitted = turn.then(() => submit(batches, learningRate, makeSmaller));
      turn = submitted;
      // What waits behind an update that failed is refused with it; what comes later starts anew.
      submitted.catch(() => {
        if (turn === submitted) turn = Promise.resolve();
      });
      const [loss = Number.NaN, gradNorm = Number.NaN, , , hits = 0] = await (await submitted)
        .metrics;
      return { loss, gradNorm, hits };
    },
    takeIssueTime() {
      const taken = issueTime;
      issueTime = 0;
      return taken;
    },
    dispose() {
      steps.reset();
      readback.dispose();
      tf.dispose(Object.values(own));
      tf.dispose([...places.values()].map(({ view }) => view));
      for (const { parameter, gradient, mean, square } of chunks) {
        for (const area of [parameter, gradient, mean, square]) area.dispose();
      }
    },
  };
}

type OwnTensors = ReturnType<typeof createOwnTensors>;

/** Small tensors that live as long as the updater. */
function createOwnTensors(kernels: GpuKernels, chunks: readonly Chunk[]) {
  const squares = chunks.reduce((sum, { layout }) => sum + squareGroups(layout), 0);
  const make = (size: number) => {
    const tensor: tf.Tensor = kernels.output([size]);
    kernels.clear(tensor);
    return tf.keep(tensor);
  };
  return { sums: make(2), partials: make(squares), metrics: make(5) };
}

const squareGroups = ({ size }: AreaLayout) => Math.ceil(size / squareElements);

/** Parameters that decay come first, so that one number tells them from the others. */
function createChunks(
  backend: WebGPUBackend,
  kernels: GpuKernels,
  { trainable, state }: DeviceParts,
): Chunk[] {
  const named = [...trainable].map(([name, { shape }]) => ({ name, shape }));
  const ordered = [
    ...named.filter(({ name }) => isDecayed(name)),
    ...named.filter(({ name }) => !isDecayed(name)),
  ];
  return layOutAreas(ordered).map((layout) => {
    const make = () => createArea(backend, layout);
    const chunk = { layout, parameter: make(), gradient: make(), mean: make(), square: make() };
    for (const place of layout.places) {
      const slots = state.parameters.get(place.name);
      move(kernels, trainable.get(place.name), chunk.parameter.view(place));
      move(kernels, slots?.exp_avg, chunk.mean.view(place));
      move(kernels, slots?.exp_avg_sq, chunk.square.view(place));
    }
    const isPlain = layout.places.findIndex(({ name }) => !isDecayed(name));
    const decayed = isPlain < 0 ? layout.size : (layout.places[isPlain]?.start ?? 0);
    return { ...chunk, decayed };
  });
}

const placeGradients = (chunks: readonly Chunk[]): GradientPlaces =>
  new Map(
    chunks.flatMap((chunk) =>
      chunk.layout.places.map((place) => {
        const view = tf.keep(chunk.gradient.view(place));
        return [place.name, { chunk, view, start: place.start }] as const;
      }),
    ),
  );

/** Gives a variable another place, with the values that it has. */
function move(kernels: GpuKernels, variable: tf.Variable | undefined, view: tf.Tensor): void {
  if (variable === undefined) throw new Error("The optimiser's state lacks a parameter.");
  kernels.copy(variable, view);
  variable.assign(view);
  view.dispose();
}

/** What becomes of the gradients of a micro-batch. */
interface Target {
  /** The gradient of a parameter, which it disposes. */
  take(name: string, gradient: tf.Tensor): void;
  /** @throws StudioError where one did not come. */
  finish(): void;
  /** Lets go of gradients that wait. */
  dispose(): void;
}

/** Finds the places of the gradients that come, and tells of those that did not. */
function expecting(places: GradientPlaces) {
  const missing = new Set(places.keys());
  return {
    find(name: string): GradientPlace {
      const place = places.get(name);
      if (place === undefined) throw new Error(`No place for the gradient of ${name}.`);
      missing.delete(name);
      return place;
    },
    refuseMissing() {
      const [name] = missing;
      if (name === undefined) return;
      throw new StudioError(
        `The parameter ${name} has no gradient: the loss does not depend on it.`,
      );
    },
  };
}

/** Copies gradients to their places. A plan leaves the copies out. */
function storing(kernels: GpuKernels, places: GradientPlaces): Target {
  const { find, refuseMissing } = expecting(places);
  return {
    take(name, gradient) {
      kernels.copy(gradient, find(name).view);
      gradient.dispose();
    },
    finish: refuseMissing,
    dispose() {},
  };
}

/** Adds gradients to their places, several at a time. */
function adding(kernels: GpuKernels, places: GradientPlaces, control: tf.Tensor): Target {
  const { find, refuseMissing } = expecting(places);
  const waiting = new Map<Chunk, { gradient: tf.Tensor; start: number }[]>();
  const gather = (chunk: Chunk, own: readonly { gradient: tf.Tensor; start: number }[]) => {
    waiting.delete(chunk);
    const tensors: Record<string, tf.Tensor> = { control, area: chunk.gradient.whole };
    const params: Record<string, number> = {};
    let groups = 0;
    own.forEach(({ gradient, start }, part) => {
      groups += Math.ceil(gradient.size / gatherElements);
      tensors[`gradient${part}`] = gradient;
      params[`groups${part}`] = groups;
      params[`size${part}`] = gradient.size;
      params[`start${part}`] = start;
    });
    kernels.run(gatherKernel(own.length), tensors, params, groups);
    tf.dispose(own.map(({ gradient }) => gradient));
  };
  return {
    take(name, gradient) {
      const { chunk, start } = find(name);
      const own = [...(waiting.get(chunk) ?? []), { gradient: tf.keep(gradient), start }];
      waiting.set(chunk, own);
      if (own.length === gatheredGradients) gather(chunk, own);
    },
    finish() {
      for (const [chunk, own] of [...waiting]) gather(chunk, own);
      refuseMissing();
    },
    dispose() {
      tf.dispose([...waiting.values()].flatMap((own) => own.map(({ gradient }) => gradient)));
    },
  };
}

const gatherKernels = new Map<number, ReturnType<typeof gatherGradients>>();
function gatherKernel(count: number) {
  const kernel = gatherKernels.get(count) ?? gatherGradients(count);
  gatherKernels.set(count, kernel);
  return kernel;
}

function update(
  kernels: GpuKernels,
  chunks: readonly Chunk[],
  { sums, partials, metrics }: OwnTensors,
  { beta1, beta2, epsilon }: AdamwOptions,
  control: tf.Tensor,
): void {
  let count = 0;
  for (const { layout, gradient } of chunks) {
    const groups = squareGroups(layout);
    const numbers = { size: layout.size, first: count };
    kernels.run(sumSquares, { area: gradient.whole, partials }, numbers, groups);
    count += groups;
  }
  kernels.run(finishGradients, { partials, total: sums, control, metrics }, { count }, 1);
  for (const { layout, decayed, parameter, gradient, mean, square } of chunks) {
    runElementwise(
      kernels,
      adamwKernel,
      {
        ...{ gradient: gradient.whole, metrics, control },
        ...{ parameter: parameter.whole, mean: mean.whole, square: square.whole },
      },
      layout.size,
      { decayed, beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2, epsilon },
    );
  }
}

function checksum(kernels: GpuKernels, { layout, gradient }: Chunk): tf.Tensor {
  const sums: tf.Tensor = kernels.output([checksumLanes], "int32");
  kernels.run(checksumArea, { area: gradient.whole, sums }, { size: layout.size }, checksumLanes);
  return sums;
}
