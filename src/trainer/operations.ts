// The floating-point operations of an update that its speed is judged by: products alone, each multiplication and addition one. What a
// back end computes again, pads, looks up, normalises or draws is none of them, so that only useful work counts.
import type { FrozenPart } from "../models/forward.ts";
import type { ModelSizes, ParameterStages } from "../models/model.ts";

/** Operations of one update's products by what each is done for. */
export interface ModelProducts {
  /** For each token: the products of the layers. */
  readonly ofToken: number;
  /** For each row that reaches the head: a text of a classifier, a predicting token of a language model. */
  readonly ofHeadRow: number;
  readonly attention: readonly Attention[];
}

/** The scores and the weighted values of one layer's attention. */
interface Attention {
  /** For each pair of a token and one that it sees. */
  readonly ofPair: number;
  readonly isCausal: boolean;
  /** Tokens that a token sees at most, itself one of them; undefined for all. */
  readonly window: number | undefined;
}

interface CountedModel {
  readonly stages: Pick<ParameterStages, "layers" | "pooling" | "head">;
  readonly sizes: Pick<ModelSizes, "layers">;
  readonly isCausal: boolean;
  readonly frozen: FrozenPart;
  /** Whether the frozen part runs in each update; otherwise its outputs were computed once, before the run. */
  readonly runsFrozen: boolean;
  /** Weights of an input table that is multiplied with as the head; 0 where the head has weights of its own. */
  readonly tiedTable?: number;
}

/**
 * Of each weight that a row is multiplied with 2 operations forward, 2 for its own gradient and 2 for the one that goes back through
 * it to something that is trained. Attention has 4 for each of its widths (heads times head dimension) and pairs, and 8 backward. The
 * lowest trained layer counts as if something below it were trained.
 */
export function modelProducts(model: CountedModel): ModelProducts {
  const { stages, sizes, isCausal, frozen, runsFrozen, tiedTable = 0 } = model;
  const count = stages.layers.length;
  const border = frozen === "nothing" ? 0 : frozen === "base" ? count : frozen;
  const runs = (layer: number) => runsFrozen || layer >= border;
  const times = (layer: number) => (layer >= border ? 6 : 2);
  // What pools before a head that is trained alone is frozen too; those of language models have no matrices.
  const pooling = frozen === "base" ? [] : stages.pooling;
  const head = [...pooling, ...stages.head].map(weightsOf).filter((weights) => weights > 0);
  // Nothing below the head is trained where the base model is frozen.
  const unread = frozen === "base" ? 2 * (head[0] ?? 0) : 0;
  return {
    ofToken: sum(
      stages.layers.map((specs, layer) =>
        runs(layer) ? times(layer) * sum(specs.map(weightsOf)) : 0,
      ),
    ),
    // A frozen table is passed through all the same, and has no gradient of its own.
    ofHeadRow: 6 * sum(head) - unread + (frozen === "nothing" ? 6 : 4) * tiedTable,
    attention: sizes.layers.flatMap(({ hiddenSize, attentionSize = hiddenSize, window }, layer) =>
      runs(layer) ? [{ ofPair: 2 * times(layer) * attentionSize, isCausal, window }] : [],
    ),
  };
}

/** Of a matrix; vectors are added or multiplied elementwise. */
const weightsOf = ({ shape }: { readonly shape: readonly number[] }): number =>
  shape.length === 2 ? (shape[0] ?? 0) * (shape[1] ?? 0) : 0;

/** What is counted of a batch: texts, their tokens without padding, and of a language model the tokens to predict. */
interface CountedBatch {
  readonly batchSize: number;
  readonly tokens: number;
  readonly targets?: { readonly length: number };
}

/** Operations of these batches, forward and backward. The texts of a batch count as equally long. */
export function countOperations(
  { ofToken, ofHeadRow, attention }: ModelProducts,
  batches: readonly CountedBatch[],
): number {
  return sum(
    batches.map(({ batchSize, tokens, targets }) => {
      const pairs = attention.map((layer) => layer.ofPair * seenPairs(layer, tokens / batchSize));
      return ofToken * tokens + ofHeadRow * (targets?.length ?? batchSize) + batchSize * sum(pairs);
    }),
  );
}

/** Pairs of a token and one that it sees, in a text of so many tokens. */
function seenPairs({ isCausal, window = Number.POSITIVE_INFINITY }: Attention, tokens: number) {
  if (!isCausal) return tokens ** 2;
  // The first tokens see as many as they are, all others a whole window.
  const first = Math.min(tokens, window);
  return (first * (first + 1)) / 2 + (tokens - first) * first;
}

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, each) => total + each, 0);
