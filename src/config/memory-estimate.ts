// How much memory a run needs on the CPU path, before it starts: weights, gradients, optimiser state and the largest batch.
import type { ModelSummary } from "./model-summary.ts";

/** What WebAssembly can address: tfjs's heap, in which every tensor lies, never grows beyond it. */
export const wasmHeapLimit = 4 * 1024 ** 3;

/** tfjs's own code and data, our working memory, and what lies fallow between tensors. */
const overhead = 128 * 1024 ** 2;

interface MemoryQuestion {
  readonly summary: Pick<ModelSummary, "parameterCount" | "layers" | "vocabularySize">;
  readonly trainedParameters: number;
  /** Floats that the optimiser keeps for each trained parameter: 2 for AdamW. */
  readonly optimizerSlots: number;
  /** Tokens of the largest batch. */
  readonly tokens: number;
}

/** Bytes, by what they are for. */
export interface MemoryEstimate {
  readonly weights: number;
  readonly gradients: number;
  readonly optimizer: number;
  /** What the forward pass keeps for the backward pass. */
  readonly activations: number;
  readonly total: number;
}

/**
 * The most that a training step holds at once, in float32. Each layer keeps eight vectors of its width a token (two norms, the
 * projections, attention, two residuals), its feed-forward network's values before and after the activation, and a number
 * a head; what is alive in passing is as much again as the widest of them.
 */
export function estimateMemory(question: MemoryQuestion): MemoryEstimate {
  const { summary, trainedParameters, optimizerSlots, tokens } = question;
  const perToken = summary.layers.map(
    ({ hiddenSize, intermediateSize, heads }) => 8 * hiddenSize + 2 * intermediateSize + heads,
  );
  const kept = perToken.reduce((sum, floats) => sum + floats, 0) + Math.max(0, ...perToken);
  const weights = 4 * summary.parameterCount;
  const gradients = 4 * trainedParameters;
  const optimizer = 4 * optimizerSlots * trainedParameters;
  const activations = 4 * kept * tokens;
  const total = weights + gradients + optimizer + activations + overhead;
  return { weights, gradients, optimizer, activations, total };
}
