// A forward pass as a captured step: what it computes is copied out of the plan's memory and read back.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { type Area, createArea } from "../gpu/areas.ts";
import { gpuBackend } from "../gpu/gpu-backend.ts";
import { type GpuKernels, gpuKernels } from "../gpu/gpu-kernels.ts";
import type { CapturedSteps, Step } from "./captured-steps.ts";
import { createReadback } from "./readback.ts";

/** A step that gives tensors. */
interface ForwardStep extends Pick<Step, "key" | "inputs"> {
  compute(): readonly tf.Tensor[];
}

interface Output {
  readonly tensor: tf.Tensor;
  readonly area: Area;
}

export interface CapturedForward {
  /** The values of the tensors that the step computes, in their order. */
  run(step: ForwardStep): Promise<Float32Array[]>;
  dispose(): void;
}

/** Forward passes on the running WebGPU back end. */
export function createCapturedForward(steps: CapturedSteps): CapturedForward {
  const backend = gpuBackend() as WebGPUBackend;
  const kernels = gpuKernels() as GpuKernels;
  const readback = createReadback(backend);
  const outputs = new Map<string, Output[]>();
  // In buffers of their own: a recording may be the first to ask for them, and its memory is no memory.
  const makeOutput = ({ shape, size }: tf.Tensor): Output => {
    const area = createArea(backend, { places: [], size });
    return { tensor: tf.keep(area.view({ name: "output", shape, start: 0 })), area };
  };
  const stepOf = ({ key, inputs, compute }: ForwardStep): Step => ({
    ...{ key, inputs },
    body() {
      const results = compute();
      const kept = outputs.get(key) ?? results.map(makeOutput);
      outputs.set(key, kept);
      results.forEach((result, i) => {
        kernels.copy(result, (kept[i] as Output).tensor);
      });
    },
  });
  const fingerprint = async (key: string) => {
    const values = await Promise.all((outputs.get(key) ?? []).map(({ tensor }) => tensor.data()));
    return values.flatMap((each) => [...each]);
  };
  return {
    async run(forward) {
      const step = stepOf(forward);
      await steps.prepare(step, () => fingerprint(step.key));
      const kept = (outputs.get(step.key) ?? []).map(({ tensor }) => tensor);
      let read: (() => Promise<Float32Array>) | undefined;
      steps.run([step], (encoder) => {
        read = readback.copy(encoder, kept);
      });
      const all = (await read?.()) ?? new Float32Array();
      let start = 0;
      return kept.map(({ size }) => {
        start += size;
        return all.slice(start - size, start);
      });
    },
    dispose() {
      readback.dispose();
      for (const { tensor, area } of [...outputs.values()].flat()) {
        tensor.dispose();
        area.dispose();
      }
      outputs.clear();
    },
  };
}
