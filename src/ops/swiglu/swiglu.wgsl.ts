// SwiGLU and its gradients on a GPU.
import { elementwise } from "../wgsl.ts";

const functions = `
fn sigmoid(x : f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}
`;

export const swigluForward = elementwise("swigluForward", {
  reads: { gate: "f32", up: "f32" },
  writes: { y: "f32" },
  functions,
  body: "y[i] = gate[i] * sigmoid(gate[i]) * up[i];",
});

export const swigluBackward = elementwise("swigluBackward", {
  reads: { dy: "f32", gate: "f32", up: "f32" },
  writes: { d_gate: "f32", d_up: "f32" },
  functions,
  body: `
      let share = sigmoid(gate[i]);
      d_gate[i] = dy[i] * up[i] * share * (1.0 + gate[i] * sigmoid(-gate[i]));
      d_up[i] = dy[i] * gate[i] * share;`,
});

/** The same where gate and up lie side by side in rows of `2 * inner`. */
export const swigluForwardSide = elementwise("swigluForwardSide", {
  reads: { both: "f32" },
  writes: { y: "f32" },
  params: { inner: "u32" },
  functions,
  body: `
      let at = i + (i / params.inner) * params.inner;
      y[i] = both[at] * sigmoid(both[at]) * both[at + params.inner];`,
});

export const swigluBackwardSide = elementwise("swigluBackwardSide", {
  reads: { dy: "f32", both: "f32" },
  writes: { d_both: "f32" },
  params: { inner: "u32" },
  functions,
  body: `
      let at = i + (i / params.inner) * params.inner;
      let gate = both[at];
      let share = sigmoid(gate);
      d_both[at] = dy[i] * both[at + params.inner] * share * (1.0 + gate * sigmoid(-gate));
      d_both[at + params.inner] = dy[i] * gate * share;`,
});
