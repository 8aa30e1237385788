// Which positions of a padded batch hold tokens, and when it pays to compute only those.

/** Above this many tokens, the square of attention scores over the whole batch costs more than the padding. */
const mostTokens = 2048;

/**
 * The positions of the ones in a flattened attention mask, for `EncoderInputs.tokenPositions`; undefined where the model
 * had better compute the padded batch: nothing is padded, there is no token, or there are too many.
 * Meant for wasm and cpu. On a GPU every new count of tokens is a new set of buffers, and padding is cheap.
 */
export function findTokenPositions(attentionMask: Int32Array): Int32Array | undefined {
  const tokens = attentionMask.reduce((sum, isToken) => sum + isToken, 0);
  if (tokens === 0 || tokens === attentionMask.length || tokens > mostTokens) return undefined;
  const positions = new Int32Array(tokens);
  let next = 0;
  attentionMask.forEach((isToken, position) => {
    if (isToken === 1) positions[next++] = position;
  });
  return positions;
}
