// The model that both sides train: a BERT with random weights on random tokens.

export interface Size {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly inner: number;
  readonly vocabulary: number;
  readonly batch: number;
  readonly seq: number;
}

/** Ids of a batch: the same on every call. */
export const idsOf = ({ vocabulary, batch, seq }: Size): Int32Array =>
  Int32Array.from({ length: batch * seq }, (_, i) => 1 + ((i * 7919) % (vocabulary - 1)));

export const learningRate = 1e-4;
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
