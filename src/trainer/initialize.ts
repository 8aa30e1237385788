// New weights from a seed. The same seed gives the same weights on every back end and browser.
import { MersenneTwister, normalValues } from "../lib/mersenne-twister.ts";
import type { ParameterSpec } from "../models/model.ts";

/** Draws each parameter as its spec says, in the order given, from one generator. */
export function initializeParameters(
  specs: readonly ParameterSpec[],
  seed: number,
): Map<string, Float32Array> {
  const generator = new MersenneTwister(seed);
  return new Map(specs.map((spec) => [spec.name, drawValues(spec, generator)]));
}

function drawValues(
  { shape, initializer }: ParameterSpec,
  generator: MersenneTwister,
): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  switch (initializer.type) {
    case "zeros":
      return new Float32Array(count);
    case "ones":
      return new Float32Array(count).fill(1);
    case "normal": {
      const values = normalValues(count, initializer.std, generator);
      const { zeroRow } = initializer;
      if (zeroRow !== undefined) {
        const width = count / (shape[0] ?? 1);
        values.fill(0, zeroRow * width, (zeroRow + 1) * width);
      }
      return values;
    }
    default:
      return initializer satisfies never;
  }
}
