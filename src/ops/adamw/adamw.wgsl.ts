// The end of an update on a GPU, over whole areas that hold the tensors of many parameters side by side: gradients added up, their
// norm, clipping, AdamW in place. The numbers that change with the step lie in `control`; nothing is read back.
import type { GpuKernel } from "../../engine/gpu/gpu-kernels.ts";
import { elementwise, lanes, reductions } from "../wgsl.ts";

/** Gradients that one dispatch takes; with `control` and the area they are the eight buffers that every device grants. */
export const gatheredGradients = 6;

/** Adds gradients to their places in an area, or stores them where `control[0]` is not 0. A group works on one gradient. */
export function gatherGradients(count: number): GpuKernel {
  const parts = Array.from({ length: count }, (_, part) => part);
  const branch = (part: number) => `
  if (group < params.groups${part}) {
    let first = (group${part === 0 ? "" : ` - params.groups${part - 1}`}) * ${16 * lanes}u + lane;
    for (var step = 0u; step < 16u; step++) {
      let i = first + step * ${lanes}u;
      if (i < params.size${part}) {
        let at = params.start${part} + i;
        area[at] = select(area[at] + gradient${part}[i], gradient${part}[i], control[0] != 0.0);
      }
    }
    return;
  }`;
  return {
    name: `gatherGradients ${count}`,
    reads: {
      control: "f32",
      ...Object.fromEntries(parts.map((part) => [`gradient${part}`, "f32" as const])),
    },
    writes: { area: "f32" },
    params: Object.fromEntries(
      parts.flatMap((part) =>
        ["groups", "size", "start"].map((name) => [`${name}${part}`, "u32" as const]),
      ),
    ),
    workgroup: lanes,
    code: `fn run(group : u32, lane : u32) {${parts.map(branch).join("")}\n}`,
  };
}

/** Elements of a workgroup of `gatherGradients`. */
export const gatherElements = 16 * lanes;

/** A sum of a micro-batch added up in its place. `control` as above. */
export const gatherSum: GpuKernel = {
  name: "gatherSum",
  reads: { control: "f32", value: "f32" },
  writes: { total: "f32" },
  params: { place: "u32" },
  workgroup: 1,
  code: `fn run(group : u32, lane : u32) {
  let place = params.place;
  total[place] = select(total[place] + value[0], value[0], control[0] != 0.0);
}`,
};

/** Elements whose squares one workgroup adds up. */
export const squareElements = 64 * lanes;

/** Each workgroup's sum of squares to `partials[params.first + group]`. */
export const sumSquares: GpuKernel = {
  name: "sumSquares",
  reads: { area: "f32" },
  writes: { partials: "f32" },
  params: { size: "u32", first: "u32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  var sum = 0.0;
  for (var step = 0u; step < 64u; step++) {
    let i = group * ${squareElements}u + step * ${lanes}u + lane;
    if (i < params.size) { sum += area[i] * area[i]; }
  }
  sum = sumOfLanes(lane, sum);
  if (lane == 0u) { partials[params.first + group] = sum; }
}`,
};

/** `metrics` = loss, norm of the gradients, what AdamW multiplies them by, 0 where it may touch nothing, right guesses. */
export const finishGradients: GpuKernel = {
  name: "finishGradients",
  reads: { partials: "f32", total: "f32", control: "f32" },
  writes: { metrics: "f32" },
  params: { count: "u32" },
  workgroup: lanes,
  code: `${reductions}
// A comparison with itself may be compiled away: WGSL assumes numbers.
fn isFinite(x : f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
fn run(group : u32, lane : u32) {
  var sum = 0.0;
  for (var i = lane; i < params.count; i += ${lanes}u) { sum += partials[i]; }
  let norm = sqrt(sumOfLanes(lane, sum));
  if (lane == 0u) {
    metrics[0] = total[0];
    metrics[1] = norm;
    let most = control[3];
    let scale = select(1.0, min(1.0, most / (norm + 1e-6)), most > 0.0);
    metrics[2] = scale;
    metrics[4] = total[1];
    metrics[3] = select(0.0, 1.0, isFinite(norm) && isFinite(total[0]));
  }
}`,
};

/** Parameters, means and squares in place. `control`: 1 - learning rate × decay, step size, root of the second correction, most norm. */
export const adamwKernel: GpuKernel = elementwise("adamw", {
  reads: { gradient: "f32", metrics: "f32", control: "f32" },
  writes: { parameter: "f32", mean: "f32", square: "f32" },
  params: {
    ...{ decayed: "u32", beta1: "f32", beta2: "f32" },
    ...{ rest1: "f32", rest2: "f32", epsilon: "f32" },
  },
  body: `
      if (metrics[3] != 0.0) {
        let g = gradient[i] * metrics[2];
        // torch.lerp goes from the nearer end.
        let m = select(g - (g - mean[i]) * params.beta1, mean[i] + (g - mean[i]) * params.rest1, params.rest1 < 0.5);
        let v = square[i] * params.beta2 + g * g * params.rest2;
        let kept = select(parameter[i], parameter[i] * control[0], i < params.decayed);
        parameter[i] = kept - m / (sqrt(v) / control[2] + params.epsilon) * control[1];
        mean[i] = m;
        square[i] = v;
      }`,
});

/** A number that differs wherever a bit of the area does, but for rare chances: for comparing two ways of computing it. */
export const checksumArea: GpuKernel = {
  name: "checksumArea",
  reads: { area: "u32" },
  writes: { sums: "u32" },
  params: { size: "u32" },
  workgroup: 1,
  code: `fn run(group : u32, lane : u32) {
  var sum = 0u;
  for (var i = group; i < params.size; i += params.groups) { sum = (sum ^ area[i]) * 16777619u + i; }
  sums[group] = sum;
}`,
};
