// Cross-entropy of rows on a GPU, a workgroup a row. No probabilities are stored.
import type { GpuKernel } from "../../engine/gpu/gpu-kernels.ts";
import { lanes, lowest, reductions } from "../wgsl.ts";

/** `isWeighted`: each row has a factor of its own. */
export const crossEntropyForward = (isWeighted: boolean): GpuKernel => ({
  name: `crossEntropyForward ${isWeighted}`,
  reads: { logits: "f32", labels: "i32", ...(isWeighted && { weights: "f32" }) },
  writes: { losses: "f32", sums: "f32" },
  params: { classes: "u32", smoothing: "f32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  let start = group * params.classes;
  var largest = ${lowest};
  for (var i = lane; i < params.classes; i += ${lanes}u) { largest = max(largest, logits[start + i]); }
  largest = maxOfLanes(lane, largest);
  var sum = 0.0;
  var total = 0.0;
  for (var i = lane; i < params.classes; i += ${lanes}u) {
    sum += exp(logits[start + i] - largest);
    total += logits[start + i] - largest;
  }
  sum = log(sumOfLanes(lane, sum));
  total = sumOfLanes(lane, total);
  if (lane == 0u) {
    sums[group] = sum + largest;
    let label = labels[group];
    var loss = 0.0;
    if (label >= 0 && u32(label) < params.classes) {
      let own = sum - (logits[start + u32(label)] - largest);
      let mean = sum - total / f32(params.classes);
      loss = (1.0 - params.smoothing) * own;
      if (params.smoothing != 0.0) { loss += params.smoothing * mean; }
      ${isWeighted ? "loss *= weights[group];" : ""}
    }
    losses[group] = loss;
  }
}`,
});

export const crossEntropyBackward = (isWeighted: boolean): GpuKernel => ({
  name: `crossEntropyBackward ${isWeighted}`,
  reads: {
    ...{ logits: "f32", labels: "i32", ...(isWeighted && { weights: "f32" }) },
    ...{ sums: "f32", dy: "f32" },
  },
  writes: { dx: "f32" },
  params: { classes: "u32", smoothing: "f32" },
  workgroup: lanes,
  code: `
fn run(group : u32, lane : u32) {
  let start = group * params.classes;
  let label = labels[group];
  let is_counted = label >= 0 && u32(label) < params.classes;
  let factor = select(0.0, dy[0]${isWeighted ? " * weights[group]" : ""}, is_counted);
  for (var i = lane; i < params.classes; i += ${lanes}u) {
    let hot = select(0.0, 1.0 - params.smoothing, i32(i) == label);
    let wanted = hot + params.smoothing / f32(params.classes);
    let slope = factor * (exp(logits[start + i] - sums[group]) - wanted);
    dx[start + i] = select(0.0, slope, is_counted);
  }
}`,
});

/** The sum of `size` numbers, by one workgroup. */
export const sumAll: GpuKernel = {
  name: "sumAll",
  reads: { x: "f32" },
  writes: { total: "f32" },
  params: { size: "u32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  var sum = 0.0;
  for (var i = lane; i < params.size; i += ${lanes}u) { sum += x[i]; }
  sum = sumOfLanes(lane, sum);
  if (lane == 0u) { total[0] = sum; }
}`,
};
