// GELU and its slope on a GPU. Φ comes from the complementary error function by Chebyshev polynomials (Numerical Recipes, section
// 6.2), whose relative error stays below 1.2e-7 far out in the tail.
import { elementwise } from "../wgsl.ts";

const functions = `
fn normalShare(x : f32) -> f32 {
  let z = abs(x) * 0.7071067811865476;
  let t = 1.0 / (1.0 + 0.5 * z);
  let series = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418
    + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587
    + t * (-0.82215223 + t * 0.17087277))))))));
  let tail = 0.5 * t * exp(series - z * z);
  return select(tail, 1.0 - tail, x > 0.0);
}
fn gelu(x : f32) -> f32 { return x * normalShare(x); }
fn geluSlope(x : f32) -> f32 {
  return normalShare(x) + x * 0.3989422804014327 * exp(-0.5 * x * x);
}
// Half of one plus tanh(u) is the sigmoid of 2u, which does not cancel in the tail.
fn doubledInner(x : f32) -> f32 { return 1.5957691216057308 * x * (1.0 + 0.044715 * x * x); }
fn sigmoid(x : f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}
fn geluTanh(x : f32) -> f32 { return x * sigmoid(doubledInner(x)); }
fn geluTanhSlope(x : f32) -> f32 {
  let share = sigmoid(doubledInner(x));
  let rest = sigmoid(-doubledInner(x));
  return share + x * share * rest * 1.5957691216057308 * (1.0 + 0.134145 * x * x);
}
`;

const forwardOf = (unit: string) =>
  elementwise(`${unit}Forward`, {
    reads: { x: "f32" },
    writes: { y: "f32" },
    functions,
    body: `y[i] = ${unit}(x[i]);`,
  });
const backwardOf = (unit: string) =>
  elementwise(`${unit}Backward`, {
    reads: { dy: "f32", x: "f32" },
    writes: { dx: "f32" },
    functions,
    body: `dx[i] = dy[i] * ${unit}Slope(x[i]);`,
  });

/** By the name of the CPU kernels. */
export const geluKernels = {
  gelu: { forward: forwardOf("gelu"), backward: backwardOf("gelu") },
  geluTanh: { forward: forwardOf("geluTanh"), backward: backwardOf("geluTanh") },
};
