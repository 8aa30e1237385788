// Buffers that hold many tensors side by side, so that one dispatch works on all of them.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { tensorUsage, viewTensor } from "./gpu-backend.ts";

/** Where a tensor lies. */
interface AreaPlace {
  readonly name: string;
  readonly shape: readonly number[];
  /** Index of the first element; tensors begin at multiples of 64. */
  readonly start: number;
}

/** Tensors that fit into one buffer. */
export interface AreaLayout {
  readonly places: readonly AreaPlace[];
  /** Elements, with the gaps between tensors. */
  readonly size: number;
}

/** Bytes of an area at most: small enough for every device, and for a heap that is not whole any more. */
const mostBytes = 128 * 1024 * 1024;
/** The offset of a binding is a multiple of 256 bytes. */
const alignment = 64;

/** Lays tensors out in their order, in as few areas as the limit allows. */
export function layOutAreas(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  limit = mostBytes,
): AreaLayout[] {
  const areas: { places: AreaPlace[]; size: number }[] = [];
  for (const { name, shape } of tensors) {
    const size = Math.ceil(tf.util.sizeFromShape([...shape]) / alignment) * alignment;
    const last = areas.at(-1);
    if (last === undefined || 4 * (last.size + size) > limit) {
      areas.push({ places: [{ name, shape, start: 0 }], size });
      continue;
    }
    last.places.push({ name, shape, start: last.size });
    last.size += size;
  }
  return areas;
}

/** A buffer of zeros for a layout. */
export interface Area {
  /** All of it, gaps included: float32 `[size]`. */
  readonly whole: tf.Tensor1D;
  /** A new tensor over one place of it. */
  view(place: AreaPlace): tf.Tensor;
  dispose(): void;
}

/** Creates the buffer. */
export function createArea(backend: WebGPUBackend, { size }: AreaLayout): Area {
  const buffer = backend.device.createBuffer({ size: 4 * size, usage: tensorUsage });
  const whole = tf.keep(viewTensor(backend, buffer, 0, [size])) as tf.Tensor1D;
  return {
    whole,
    view: ({ shape, start }) => viewTensor(backend, buffer, 4 * start, shape),
    dispose() {
      whole.dispose();
      buffer.destroy();
    },
  };
}
