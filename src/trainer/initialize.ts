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

/**
 * Draws a whole model as `AutoModel...from_config(config)` does after `set_seed(seed)`: the constructors of the base model's
 * modules draw first, then transformers draws each of them anew; the modules above the base follow in the same way.
 */
export function initializeModel(
  specs: readonly ParameterSpec[],
  basePrefix: string,
  seed: number,
): Map<string, Float32Array> {
  const generator = new MersenneTwister(seed);
  const isBase = ({ name }: ParameterSpec) => name.startsWith(basePrefix);
  const drawn = new Map<string, Float32Array>();
  for (const part of [specs.filter(isBase), specs.filter((spec) => !isBase(spec))]) {
    for (const spec of part) drawAsConstructor(spec, generator);
    for (const spec of part) drawn.set(spec.name, drawValues(spec, generator));
  }
  return drawn;
}

function drawAsConstructor({ shape, constructed }: ParameterSpec, generator: MersenneTwister) {
  if (constructed === undefined) return;
  const count = shape.reduce((product, size) => product * size, 1);
  if (constructed === "normal") normalValues(count, 1, generator);
  else for (let i = 0; i < count; i += 1) generator.nextUint32();
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
      const { std, zeroRow, isRedrawn = false } = initializer;
      if (isRedrawn) normalValues(count, std, generator);
      const values = normalValues(count, std, generator);
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
