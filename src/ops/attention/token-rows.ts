// Which rows of a matrix are tokens of which text: what attention and pooling must know of a batch.
import type * as tf from "@tensorflow/tfjs-core";
import type { CpuKernels } from "../../engine/cpu/cpu-kernels.ts";

/** A batch whose matrices have a row for each place, or, with `tokenPositions`, a row for each token. */
export interface TokenRows {
  /** int32 `[batch, seq]`; 1 for a token, 0 for padding. */
  readonly attentionMask: tf.Tensor2D;
  /** int32 `[tokens]`: the places of the ones in the flattened mask, where rows are tokens alone. */
  readonly tokenPositions?: tf.Tensor1D;
}

/** The tokens as the kernels take them. It holds until the next call. */
interface HeapTokens {
  /** Rows of a text with its padding; 0 where the rows are the tokens in order. */
  readonly seq: number;
  /** Address of the tokens' positions in the flattened mask. */
  readonly positions: number;
  /** Address of where each text's tokens begin among them: `batch + 1` numbers. */
  readonly offsets: number;
  /** Address of how many tokens of its text stand at each position or before. */
  readonly counts: number;
  /** Writes zeros into the rows of padding of a matrix `[rows, width]`. */
  clear(matrix: tf.Tensor2D): void;
}

/** Finds the tokens of a batch in its mask. */
export function findHeapTokens(
  kernels: CpuKernels,
  { attentionMask, tokenPositions }: TokenRows,
): HeapTokens {
  const [batch, seq] = attentionMask.shape;
  const mask = kernels.address(attentionMask);
  const offsets = kernels.scratch("tokens", (2 * batch * seq + batch + 1) * 4);
  const positions = offsets + (batch + 1) * 4;
  const counts = positions + batch * seq * 4;
  kernels.call("findTokens", mask, batch, seq, positions, offsets, counts);
  return {
    seq: tokenPositions === undefined ? seq : 0,
    positions,
    offsets,
    counts,
    clear(matrix) {
      if (tokenPositions !== undefined) return;
      kernels.call("clearPadding", mask, kernels.address(matrix), matrix.shape[1], 0, batch * seq);
    },
  };
}
