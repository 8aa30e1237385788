// The mean of each text's tokens in a padded batch on a GPU, and its gradient.
import type { GpuKernel } from "../../engine/gpu/gpu-kernels.ts";
import { elementwise, lanes } from "../wgsl.ts";

/** A workgroup a text and part of the width. */
export const meanPoolForward: GpuKernel = {
  name: "meanPoolForward",
  reads: { hidden: "f32", mask: "i32" },
  writes: { mean: "f32" },
  params: { seq: "u32", width: "u32", parts: "u32" },
  workgroup: lanes,
  code: `
fn run(group : u32, lane : u32) {
  let text = group / params.parts;
  let column = (group % params.parts) * ${lanes}u + lane;
  if (column >= params.width) { return; }
  var sum = 0.0;
  var count = 0.0;
  for (var place = text * params.seq; place < (text + 1u) * params.seq; place++) {
    if (mask[place] != 0) {
      sum += hidden[place * params.width + column];
      count += 1.0;
    }
  }
  mean[text * params.width + column] = sum / max(count, 1.0);
}`,
};

export const meanPoolBackward: GpuKernel = elementwise("meanPoolBackward", {
  reads: { dy: "f32", mask: "i32" },
  writes: { dx: "f32" },
  params: { seq: "u32", width: "u32" },
  body: `
      let place = i / params.width;
      let text = place / params.seq;
      var count = 0.0;
      for (var other = text * params.seq; other < (text + 1u) * params.seq; other++) {
        count += f32(mask[other]);
      }
      let slope = dy[text * params.width + i % params.width] / max(count, 1.0);
      dx[i] = select(0.0, slope, mask[place] != 0);`,
});
