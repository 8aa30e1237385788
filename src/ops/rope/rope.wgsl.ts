// Rotary positions on a GPU. Cosines and sines come from a table: those of WGSL are exact for small angles alone.
import { elementwise } from "../wgsl.ts";

/** The first `turned` of `width` columns turned by `table` `[positions, 2 * half]`, the others as they are. */
export const ropeKernel = elementwise("rope", {
  reads: { x: "f32", positions: "i32", table: "f32" },
  writes: { y: "f32" },
  params: { width: "u32", turned: "u32", half_dim: "u32", sign: "f32" },
  body: `
      let column = i % params.width;
      var value = x[i];
      if (column < params.turned) {
        let half_dim = params.half_dim;
        let place = column % (2u * half_dim);
        let pair = place % half_dim;
        let at = u32(positions[i / params.width]) * 2u * half_dim + pair;
        let sine = table[at + half_dim] * params.sign;
        let other = select(x[i + half_dim], x[i - min(i, half_dim)], place >= half_dim);
        value = value * table[at] + select(-other, other, place >= half_dim) * sine;
      }
      y[i] = value;`,
});
