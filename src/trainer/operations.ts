// The floating-point operations of an update that its speed is judged by: products alone, each multiplication and addition one. What a
// back end computes again, pads, looks up, normalises or draws is none of them, so that only useful work counts.

/** What each token runs through. */
export interface ModelProducts {
  /** Weights of matrices that a token is multiplied with, and those of them that are trained. */
  readonly weights: number;
  readonly trained: number;
  /** Widths of all attention layers together (heads times head dimension), and of those that gradients flow through. */
  readonly attention: number;
  readonly trainedAttention: number;
}

interface Layer {
  readonly hiddenSize: number;
  readonly attentionSize?: number;
}

type Parameters = Iterable<readonly [string, { readonly shape: readonly number[] }]>;

/** Tables are looked up, not multiplied with. */
const isTable = (name: string): boolean => /embeddings|embed_tokens|wte|wpe/u.test(name);

/** Of a model's parameters that run, and those that are trained. `tied`: weights of an input table that is the output's too. */
export function modelProducts(
  all: Parameters,
  trained: Parameters,
  layers: { readonly run: readonly Layer[]; readonly trained: readonly Layer[] },
  tied = { run: 0, trained: 0 },
): ModelProducts {
  return {
    weights: matrixWeights(all) + tied.run,
    trained: matrixWeights(trained) + tied.trained,
    attention: attentionWidth(layers.run),
    trainedAttention: attentionWidth(layers.trained),
  };
}

const matrixWeights = (parameters: Parameters): number =>
  [...parameters].reduce(
    (sum, [name, { shape }]) =>
      shape.length === 2 && !isTable(name) ? sum + (shape[0] ?? 0) * (shape[1] ?? 0) : sum,
    0,
  );

const attentionWidth = (layers: readonly Layer[]): number =>
  layers.reduce((sum, { hiddenSize, attentionSize = hiddenSize }) => sum + attentionSize, 0);

/**
 * Operations of these batches, forward and backward: 2 a weight and token, 4 more where the weight is trained; of attention 4 a
 * width and pair of tokens, 8 more backward. Rows count as equally long, and each token as seeing its whole row.
 */
export function countOperations(
  { weights, trained, attention, trainedAttention }: ModelProducts,
  batches: readonly { readonly batchSize: number; readonly tokens: number }[],
): number {
  const ofToken = 2 * weights + 4 * trained;
  const ofPair = 4 * attention + 8 * trainedAttention;
  return batches.reduce(
    (sum, { batchSize, tokens }) => sum + tokens * (ofToken + (ofPair * tokens) / batchSize),
    0,
  );
}
