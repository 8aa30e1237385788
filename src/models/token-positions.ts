// Which positions of a padded batch hold tokens, and when it pays to compute only those.

/**
 * The positions of the ones in a flattened attention mask, for `TokenInputs.tokenPositions`; undefined where
 * nothing is padded, or there is no token.
 * Meant for wasm and cpu. On a GPU every new count of tokens is a new set of buffers, and padding is cheap.
 */
export function findTokenPositions(attentionMask: Int32Array): Int32Array | undefined {
  const tokens = attentionMask.reduce((sum, isToken) => sum + isToken, 0);
  if (tokens === 0 || tokens === attentionMask.length) return undefined;
  const positions = new Int32Array(tokens);
  let next = 0;
  attentionMask.forEach((isToken, position) => {
    if (isToken === 1) positions[next++] = position;
  });
  return positions;
}
