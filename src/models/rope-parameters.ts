// Which angles a decoder's rotary embedding turns by: `rope_parameters` of config.json, or what older files have in its place
// (`rope_theta` and `rope_scaling`). After transformers' modeling_rope_utils.py.
import { z } from "zod";

const known = ["default", "linear", "llama3"] as const;

const ropeType = z.enum(known, {
  error: ({ input }) =>
    `The RoPE type ${JSON.stringify(input)} is not known to the studio: only ${known.join(", ")}.`,
});
const positive = z.number().positive();

/** One set of parameters. Files before transformers 4.45 write `type`. */
export const ropeParametersSchema = z
  .looseObject({
    rope_type: ropeType.optional(),
    type: ropeType.optional(),
    rope_theta: positive.optional(),
    factor: positive.default(1),
    low_freq_factor: positive.default(1),
    high_freq_factor: positive.default(4),
    original_max_position_embeddings: positive.optional(),
    partial_rotary_factor: z
      .literal(1, { error: "Only whole heads can be turned (partial_rotary_factor 1)." })
      .default(1),
  })
  .refine(
    ({ rope_type, type, original_max_position_embeddings: original }) =>
      (rope_type ?? type) !== "llama3" || original !== undefined,
    { error: "llama3 needs original_max_position_embeddings." },
  );
type RopeParameters = z.output<typeof ropeParametersSchema>;

/** The keys of config.json that `ropeOf` reads. */
export const ropeShape = {
  rope_parameters: ropeParametersSchema.nullish(),
  rope_scaling: ropeParametersSchema.nullish(),
  rope_theta: positive.optional(),
};

/** The parameters of a config.json of any age. */
export function ropeOf(config: {
  readonly rope_parameters?: RopeParameters | null | undefined;
  readonly rope_scaling?: RopeParameters | null | undefined;
  readonly rope_theta?: number | undefined;
}): RopeParameters {
  const found = config.rope_parameters ?? config.rope_scaling ?? ropeParametersSchema.parse({});
  return { ...found, rope_theta: found.rope_theta ?? config.rope_theta ?? 10_000 };
}

const made = new WeakMap<object, Float32Array>();

/** Radians a position for each pair of a head: `dim / 2` numbers, in transformers' float32. Made once for each `owner`. */
export function frequenciesOf(
  owner: object,
  dim: number,
  parameters: () => RopeParameters,
): Float32Array {
  const known = made.get(owner);
  if (known !== undefined) return known;
  const frequencies = computeFrequencies(dim, parameters());
  made.set(owner, frequencies);
  return frequencies;
}

function computeFrequencies(dim: number, parameters: RopeParameters): Float32Array {
  const { rope_theta: theta = 10_000, factor } = parameters;
  const plain = Float32Array.from({ length: dim / 2 }, (_, i) => {
    const power = Math.fround(theta ** Math.fround((2 * i) / dim));
    return 1 / power;
  });
  const type = parameters.rope_type ?? parameters.type ?? "default";
  switch (type) {
    case "default":
      return plain;
    case "linear":
      return plain.map((frequency) => frequency / factor);
    case "llama3":
      return plain.map((frequency) => stretch(frequency, parameters));
    default:
      return type satisfies never;
  }
}

/** Llama 3.1: long waves are stretched by the factor, short ones stay, and those between change smoothly. */
function stretch(frequency: number, parameters: RopeParameters): number {
  const { factor, low_freq_factor: low, high_freq_factor: high } = parameters;
  const original = parameters.original_max_position_embeddings ?? 0;
  const waves = (original * frequency) / (2 * Math.PI);
  if (waves > high) return frequency;
  if (waves < low) return frequency / factor;
  const share = (waves - low) / (high - low);
  return ((1 - share) * frequency) / factor + share * frequency;
}
