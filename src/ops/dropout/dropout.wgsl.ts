// Dropout on a GPU: the mask is drawn from a key in a buffer, so that a captured step draws another one each time.
import { elementwise, randomBits } from "../wgsl.ts";

export const dropoutKernel = elementwise("dropout", {
  reads: { x: "f32", keys: "u32" },
  writes: { y: "f32" },
  params: { slot: "u32", threshold: "u32", scale: "f32" },
  functions: randomBits,
  body: `
      let bits = drawBits(i, keys[2u * params.slot], keys[2u * params.slot + 1u]);
      y[i] = select(0.0, x[i] * params.scale, (bits >> 8u) >= params.threshold);`,
});

/** The same with a residual added to what is left. */
export const dropoutAddKernel = elementwise("dropoutAdd", {
  reads: { x: "f32", residual: "f32", keys: "u32" },
  writes: { y: "f32" },
  params: { slot: "u32", threshold: "u32", scale: "f32" },
  functions: randomBits,
  body: `
      let bits = drawBits(i, keys[2u * params.slot], keys[2u * params.slot + 1u]);
      y[i] = residual[i] + select(0.0, x[i] * params.scale, (bits >> 8u) >= params.threshold);`,
});

/** Adds U(-reach, reach) to each element: NEFTune's noise. */
export const uniformNoiseKernel = elementwise("uniformNoise", {
  reads: { x: "f32", keys: "u32" },
  writes: { y: "f32" },
  params: { slot: "u32", reach: "f32" },
  functions: randomBits,
  body: `
      let bits = drawBits(i, keys[2u * params.slot], keys[2u * params.slot + 1u]);
      y[i] = x[i] + (f32(bits) * 4.656612873077393e-10 - 1.0) * params.reach;`,
});
