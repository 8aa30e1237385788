// GELU and its slope on a GPU.
import { activationCode } from "../activation/activation.wgsl.ts";
import { elementwise } from "../wgsl.ts";

const forwardOf = (unit: "gelu" | "geluTanh") =>
  elementwise(`${unit}Forward`, {
    reads: { x: "f32" },
    writes: { y: "f32" },
    functions: activationCode[unit],
    body: "y[i] = unit(x[i]).x;",
  });
const backwardOf = (unit: "gelu" | "geluTanh") =>
  elementwise(`${unit}Backward`, {
    reads: { dy: "f32", x: "f32" },
    writes: { dx: "f32" },
    functions: activationCode[unit],
    body: "dx[i] = dy[i] * unit(x[i]).y;",
  });

/** By the name of the CPU kernels. */
export const geluKernels = {
  gelu: { forward: forwardOf("gelu"), backward: backwardOf("gelu") },
  geluTanh: { forward: forwardOf("geluTanh"), backward: backwardOf("geluTanh") },
};
