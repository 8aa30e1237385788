// The GPT-like model that all contenders train: GPT-2's block (pre-LN, causal attention, GELU by tanh, tied head), and its data.

export interface GptSize {
  readonly batch: number;
  readonly seq: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly vocabulary: number;
}

export const gptSizes = {
  small: { batch: 4, seq: 64, width: 128, heads: 4, layers: 2, vocabulary: 512 },
  large: { batch: 8, seq: 128, width: 256, heads: 8, layers: 4, vocabulary: 4096 },
} as const satisfies Record<string, GptSize>;

export const learningRate = 1e-3;
export const weightDecay = 0.01;
export const beta1 = 0.9;
export const beta2 = 0.999;
export const epsilon = 1e-8;
export const layerNormEpsilon = 1e-5;

/** Every parameter's shape, in order; linear weights are `[out, in]`. */
export function gptShapes({ seq, width, layers, vocabulary }: GptSize): Map<string, number[]> {
  const shapes: [string, number[]][] = [
    ["wte.weight", [vocabulary, width]],
    ["wpe.weight", [seq, width]],
  ];
  for (let layer = 0; layer < layers; layer++) {
    const linears: [string, number, number][] = [
      ["attn.c_attn", 3 * width, width],
      ["attn.c_proj", width, width],
      ["mlp.c_fc", 4 * width, width],
      ["mlp.c_proj", width, 4 * width],
    ];
    for (const norm of ["ln_1", "ln_2"]) {
      shapes.push([`h.${layer}.${norm}.weight`, [width]], [`h.${layer}.${norm}.bias`, [width]]);
    }
    for (const [name, outSize, inSize] of linears) {
      shapes.push([`h.${layer}.${name}.weight`, [outSize, inSize]]);
      shapes.push([`h.${layer}.${name}.bias`, [outSize]]);
    }
  }
  shapes.push(["ln_f.weight", [width]], ["ln_f.bias", [width]]);
  return new Map(shapes);
}

/** Initial values: the same for every contender, PyTorch included. */
export function gptValues(size: GptSize): Map<string, Float32Array<ArrayBuffer>> {
  const next = generator(7);
  return new Map(
    [...gptShapes(size)].map(([name, shape]) => {
      const count = shape.reduce((product, length) => product * length, 1);
      const isNorm = /ln_.*weight/u.test(name);
      const value = () => (isNorm ? 1 : shape.length === 1 ? 0 : 0.04 * (next() - 0.5));
      return [name, Float32Array.from({ length: count }, value)] as const;
    }),
  );
}

/** Token ids `[batch * seq]` and, for each, the id that follows. */
export function gptBatch({ batch, seq, vocabulary }: GptSize) {
  const next = generator(11);
  const stream = Int32Array.from({ length: batch * seq + 1 }, () =>
    Math.floor(next() * vocabulary),
  );
  return { ids: stream.slice(0, -1), targets: stream.slice(1) };
}

/** Numbers from 0 to 1: a linear congruential generator that Python has in two lines, too. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
