// Rows of a table by their ids on a GPU. The gradient adds the rows of an id up in their order: the workgroup of its first row does
// it alone, so that there is nothing to race for.
import type { GpuKernel } from "../../engine/gpu/gpu-kernels.ts";
import { elementwise, lanes } from "../wgsl.ts";

/** An id beyond the table gives zeros. */
export const gatherRows: GpuKernel = elementwise("gatherRows", {
  reads: { table: "f32", ids: "i32" },
  writes: { y: "f32" },
  params: { vocabulary: "u32", width: "u32" },
  body: `
      let id = ids[i / params.width];
      let is_known = id >= 0 && u32(id) < params.vocabulary;
      y[i] = select(0.0, table[u32(max(id, 0)) * params.width + i % params.width], is_known);`,
});

/** `gradient` is all zeros before. A workgroup a row and part of the width. */
export const scatterRows: GpuKernel = {
  name: "scatterRows",
  reads: { dy: "f32", ids: "i32" },
  writes: { gradient: "f32" },
  params: { rows: "u32", vocabulary: "u32", width: "u32", parts: "u32" },
  workgroup: lanes,
  code: `
fn run(group : u32, lane : u32) {
  let row = group / params.parts;
  let column = (group % params.parts) * ${lanes}u + lane;
  let id = ids[row];
  if (id < 0 || u32(id) >= params.vocabulary || column >= params.width) { return; }
  for (var other = 0u; other < row; other++) {
    if (ids[other] == id) { return; }
  }
  var sum = 0.0;
  for (var other = row; other < params.rows; other++) {
    if (ids[other] == id) { sum += dy[other * params.width + column]; }
  }
  gradient[u32(id) * params.width + column] = sum;
}`,
};
