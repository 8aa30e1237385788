// Activations on a GPU. Each is `fn unit(x : f32) -> vec2<f32>`: its value and its slope, which share their exponentials. A kernel that
// reads one of the two pays for one.
import type { ActivationName } from "./activation.ts";

const sigmoid = `
fn sigmoid(x : f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}
`;

/** The WGSL of each activation. */
export const activationCode: Readonly<Record<ActivationName, string>> = {
  // Φ comes from the complementary error function by Chebyshev polynomials (Numerical Recipes, section 6.2), whose relative error
  // stays below 1.2e-7 far out in the tail.
  gelu: `
fn normalShare(x : f32) -> f32 {
  let z = abs(x) * 0.7071067811865476;
  let t = 1.0 / (1.0 + 0.5 * z);
  let series = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418
    + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587
    + t * (-0.82215223 + t * 0.17087277))))))));
  let tail = 0.5 * t * exp(series - z * z);
  return select(tail, 1.0 - tail, x > 0.0);
}
fn unit(x : f32) -> vec2<f32> {
  let share = normalShare(x);
  return vec2(x * share, share + x * 0.3989422804014327 * exp(-0.5 * x * x));
}
`,
  // Half of one plus tanh(u) is the sigmoid of 2u, which does not cancel in the tail.
  geluTanh: `${sigmoid}
fn unit(x : f32) -> vec2<f32> {
  let inner = 1.5957691216057308 * x * (1.0 + 0.044715 * x * x);
  let share = sigmoid(inner);
  let bend = share * sigmoid(-inner) * 1.5957691216057308 * (1.0 + 0.134145 * x * x);
  return vec2(x * share, share + x * bend);
}
`,
  silu: `${sigmoid}
fn unit(x : f32) -> vec2<f32> {
  let share = sigmoid(x);
  return vec2(x * share, share * (1.0 + x * sigmoid(-x)));
}
`,
  relu: "fn unit(x : f32) -> vec2<f32> { return vec2(max(x, 0.0), select(0.0, 1.0, x > 0.0)); }",
  // WGSL's own may be wrong by 1e-5, and some GPUs' overflows. The slope does not cancel in the tail.
  tanh: `
fn unit(x : f32) -> vec2<f32> {
  let e = exp(-2.0 * abs(x));
  let share = 1.0 / (1.0 + e);
  return vec2(sign(x) * (1.0 - e) * share, 4.0 * e * share * share);
}
`,
};
