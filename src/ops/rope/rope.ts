// Rotary position embedding (Su et al. 2021, https://arxiv.org/abs/2104.09864) in Hugging Face's layout: a pair is the places i and
// i + dim / 2 of a head. Its gradient turns the other way. On wasm and webgpu a kernel reads cosines and sines from a table.
import * as tf from "@tensorflow/tfjs-core";
import { type CpuKernels, cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { heapMemory, wasmBackend } from "../../engine/cpu/heap.ts";
import { defineOp } from "../../engine/define-op.ts";
import { type GpuKernels, gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { rowGrain } from "../grain.ts";
import { runElementwise } from "../wgsl.ts";
import { ropeKernel } from "./rope.wgsl.ts";

/** How far each row is turned. */
export interface Turn {
  /** int32 `[rows]`. */
  readonly positions: tf.Tensor1D;
  /** Radians a position of each pair: `dim / 2` numbers. */
  readonly frequencies: Float32Array;
  /** All positions are below this. */
  readonly length: number;
}

/** x `[rows, heads * dim + rest]`, its heads turned by the angles of the rows' positions and the rest as it is. */
export function rope(
  x: tf.Tensor2D,
  { positions, frequencies, length }: Turn,
  { heads, rest = 0 }: { readonly heads: number; readonly rest?: number },
): tf.Tensor2D {
  return ropeOp(
    { x, positions },
    { heads, frequencies: keyOf(frequencies), length, rest },
  ) as tf.Tensor2D;
}

/** On webgpu: cosines, then sines of each position, `[at least length, 2 * half]`. */
export const ropeTable = (
  kernels: GpuKernels,
  { frequencies, length }: Pick<Turn, "frequencies" | "length">,
): tf.Tensor => gpuTable(kernels, keyOf(frequencies), roundUp(length));

const gpuTable = (kernels: GpuKernels, key: string, length: number): tf.Tensor =>
  kernels.constant(`rope ${length} ${key}`, () => tableOf(key, length));

interface RopeAttributes {
  readonly heads: number;
  readonly frequencies: string;
  readonly length: number;
  readonly rest: number;
}

const ropeOp = defineOp({
  name: "StudioRope",
  saves: ["positions"],
  forward({ x, positions }, attributes) {
    return turn(
      x as tf.Tensor2D,
      positions as tf.Tensor1D,
      attributes as unknown as RopeAttributes,
      1,
    );
  },
  gradients: (dy, [positions], attributes) => ({
    x: () =>
      turn(
        dy as tf.Tensor2D,
        positions as tf.Tensor1D,
        attributes as unknown as RopeAttributes,
        -1,
      ),
  }),
});

function turn(
  x: tf.Tensor2D,
  positions: tf.Tensor1D,
  { heads, frequencies, length, rest }: RopeAttributes,
  sign: 1 | -1,
): tf.Tensor2D {
  const [rows, width] = x.shape;
  const dim = (width - rest) / heads;
  const gpu = gpuKernels();
  if (gpu !== undefined) {
    const y = gpu.output<tf.Rank.R2>(x.shape);
    const table = gpuTable(gpu, frequencies, roundUp(length));
    const numbers = { width, turned: width - rest, half_dim: dim / 2, sign };
    runElementwise(gpu, ropeKernel, { x, positions, table, y }, x.size, numbers);
    return y;
  }
  const kernels = cpuKernels();
  if (kernels === undefined || rest > 0) {
    const own = tf.slice(x, [0, 0], [rows, width - rest]);
    const turned = composite(own, positions, heads, valuesOf(frequencies), sign);
    return rest === 0 ? turned : tf.concat([turned, tf.slice(x, [0, width - rest])], 1);
  }
  const table = findTable(kernels, frequencies, length);
  const y = kernels.output<tf.Rank.R2>([rows, width]);
  const args = [kernels.address(x), kernels.address(positions), table, kernels.address(y)];
  kernels.split("rotate", [...args, heads, dim, sign], rows, rowGrain(width, 2));
  return y;
}

function composite(
  x: tf.Tensor2D,
  positions: tf.Tensor1D,
  heads: number,
  frequencies: Float32Array,
  sign: 1 | -1,
): tf.Tensor2D {
  const [rows, width] = x.shape;
  const half = frequencies.length;
  const angles = tf.mul(
    tf.reshape(tf.cast(positions, "float32"), [rows, 1, 1]),
    tf.tensor1d(frequencies),
  );
  const cosines = tf.cos(angles);
  const sines = sign === 1 ? tf.sin(angles) : tf.neg(tf.sin(angles));
  const [a, b] = tf.split(tf.reshape(x, [rows, heads, 2 * half]), 2, 2) as [tf.Tensor, tf.Tensor];
  const turned = [
    tf.sub(tf.mul(a, cosines), tf.mul(b, sines)),
    tf.add(tf.mul(b, cosines), tf.mul(a, sines)),
  ];
  return tf.reshape(tf.concat(turned, 2), [rows, width]);
}

// An op's attributes are strings and numbers: frequencies travel as text, made once for each list.
const keys = new WeakMap<Float32Array, string>();

function keyOf(frequencies: Float32Array): string {
  const known = keys.get(frequencies) ?? frequencies.join();
  keys.set(frequencies, known);
  return known;
}

const valuesOf = (key: string): Float32Array => Float32Array.from(key.split(","), Number);

/** The tables that lie in a heap's scratch areas: how many positions each has, and where. */
const tables = new WeakMap<CpuKernels, Map<string, { address: number; length: number }>>();

/** Address of the cosines and sines of at least `length` positions. */
function findTable(kernels: CpuKernels, key: string, length: number): number {
  const known = tables.get(kernels) ?? new Map();
  tables.set(kernels, known);
  const table = known.get(key);
  if (table !== undefined && table.length >= length) return table.address;
  const values = tableOf(key, roundUp(length));
  const address = kernels.scratch(`rope ${key}`, values.byteLength);
  new Float32Array(heapMemory(wasmBackend()).buffer, address, values.length).set(values);
  known.set(key, { address, length: roundUp(length) });
  return address;
}

/** Tables grow by steps. */
const roundUp = (length: number) => Math.ceil(length / 128) * 128;

/** The last table of each list of frequencies: layers of a kind ask for the same. */
const lastTables = new Map<string, { readonly length: number; readonly values: Float32Array }>();

/** Cosines, then sines of each position: `[length, 2 * half]`. */
function tableOf(key: string, length: number): Float32Array {
  const last = lastTables.get(key);
  if (last?.length === length) return last.values;
  const frequencies = valuesOf(key);
  const half = frequencies.length;
  const values = new Float32Array(length * 2 * half);
  for (let position = 0; position < length; position += 1) {
    for (let i = 0; i < half; i += 1) {
      // Rounded as transformers rounds it: the angle is a float32 product.
      const angle = Math.fround((frequencies[i] ?? 0) * position);
      values[position * 2 * half + i] = Math.cos(angle);
      values[position * 2 * half + half + i] = Math.sin(angle);
    }
  }
  lastTables.set(key, { length, values });
  return values;
}
