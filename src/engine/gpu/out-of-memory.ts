// A GPU that runs out of memory says so to error scopes alone: what was created is broken, and all that uses it is refused in silence.
import { StudioError } from "../../lib/errors.ts";

/** The GPU has not enough memory for a step. Nothing that outlives the step was changed. */
export class GpuMemoryError extends StudioError {
  constructor(message: string) {
    super(`The GPU has not enough memory: ${message}`, {
      hint: "Lower per_device_train_batch_size, per_device_eval_batch_size or max_length, or choose WebAssembly.",
    });
  }
}

/** Runs what asks for memory. @throws GpuMemoryError where there is not enough, StudioError for another refusal of the GPU. */
export async function watchMemory<Value>(
  device: GPUDevice,
  work: () => Promise<Value>,
): Promise<Value> {
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  let result: { readonly value: Value } | undefined;
  let failure: unknown;
  try {
    result = { value: await work() };
  } catch (error) {
    failure = error;
  }
  // On a lost device they never come or are refused; the loss itself is told elsewhere.
  const memory = await device.popErrorScope().catch(() => null);
  const validation = await device.popErrorScope().catch(() => null);
  if (memory !== null) throw new GpuMemoryError(memory.message);
  if (result === undefined) throw failure;
  if (validation !== null) {
    throw new StudioError(`The graphics device reported an error: ${validation.message}`);
  }
  return result.value;
}
