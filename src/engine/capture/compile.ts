// Compiles the GPU programs of a step before it runs, side by side instead of one after another as each is met: a recording of the
// step, which runs nothing, says which they are.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { internalsOf } from "../gpu/gpu-backend.ts";
import { inheritBindings } from "../gpu/gpu-kernels.ts";
import { CaptureError, type PlanPool } from "./plan-pool.ts";
import { record, release } from "./record.ts";

/** Told before the first program is compiled and after each. */
export type TellCompiled = (done: number, total: number) => void;

/** Stands in for a pipeline while a step is recorded. */
class Uncompiled {
  readonly label: string;
  readonly descriptor: GPUComputePipelineDescriptor;
  constructor(descriptor: GPUComputePipelineDescriptor) {
    this.descriptor = descriptor;
    this.label = descriptor.label ?? "";
  }
  /** Bind groups are only recorded, too. */
  getBindGroupLayout() {}
}

/**
 * Compiles the programs that a step needs and the back end does not have, and gives how many. Of a step that cannot be recorded to
 * its end those that it named until then.
 */
export async function compilePrograms(
  backend: WebGPUBackend,
  pool: PlanPool,
  step: () => void,
  tell?: TellCompiled,
): Promise<number> {
  const { pipelineCache } = internalsOf(backend);
  const named: { readonly key: string; readonly standIn: Uncompiled }[] = [];
  try {
    release(
      backend,
      record(backend, pool, step, (descriptor) => new Uncompiled(descriptor)),
    );
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
  } finally {
    // Out of the cache at once: who asks for one meanwhile compiles it himself.
    for (const [key, pipeline] of Object.entries(pipelineCache)) {
      if (!(pipeline instanceof Uncompiled)) continue;
      named.push({ key, standIn: pipeline });
      delete pipelineCache[key];
    }
  }
  let done = 0;
  if (named.length > 0) tell?.(0, named.length);
  await Promise.all(
    named.map(async ({ key, standIn }) => {
      const pipeline = await backend.device
        .createComputePipelineAsync(standIn.descriptor)
        // A program that is refused fails where it runs, as it would without this.
        .catch(() => undefined);
      done += 1;
      tell?.(done, named.length);
      if (pipeline === undefined) return;
      inheritBindings(standIn as unknown as GPUComputePipeline, pipeline);
      pipelineCache[key] ??= pipeline;
    }),
  );
  return named.length;
}
