// What a decoder remembers of the tokens that it has read: keys and values of each layer. It owns its tensors.
import * as tf from "@tensorflow/tfjs-core";

/** Keys and values of one layer, each float32 `[texts, length, keyHeads * dim]`; positions are turned in already. */
interface LayerCache {
  readonly keys: tf.Tensor3D;
  readonly values: tf.Tensor3D;
}

export interface KeyValueCache {
  /** Tokens of each text that the cache holds: the position of the next one. */
  readonly length: number;
  /** Adds the new tokens of a layer, and gives all of them. What it gives stays the cache's own. */
  append(layer: number, next: LayerCache): LayerCache;
  /** Counts the new tokens in, after a forward pass over all layers. */
  advance(tokens: number): void;
  /** Keeps these texts, in this order: a finished one is left out, or one is copied. */
  select(texts: readonly number[]): void;
  /** Frees the tensors. */
  dispose(): void;
}

/** An empty cache. */
export function createKeyValueCache(): KeyValueCache {
  const layers: (LayerCache | undefined)[] = [];
  let length = 0;
  const replace = (layer: number, next: LayerCache) => {
    const old = layers[layer];
    if (old !== undefined) tf.dispose([old.keys, old.values]);
    layers[layer] = { keys: tf.keep(next.keys), values: tf.keep(next.values) };
    return next;
  };
  return {
    get length() {
      return length;
    },
    append(layer, next) {
      const old = layers[layer];
      return replace(layer, {
        keys: old === undefined ? next.keys.clone() : tf.concat([old.keys, next.keys], 1),
        values: old === undefined ? next.values.clone() : tf.concat([old.values, next.values], 1),
      });
    },
    advance(tokens) {
      length += tokens;
    },
    select(texts) {
      layers.forEach((cached, layer) => {
        if (cached === undefined) return;
        replace(
          layer,
          tf.tidy(() => {
            const chosen = tf.tensor1d([...texts], "int32");
            return {
              keys: tf.gather(cached.keys, chosen),
              values: tf.gather(cached.values, chosen),
            };
          }),
        );
      });
    },
    dispose() {
      for (const cached of layers)
        if (cached !== undefined) tf.dispose([cached.keys, cached.values]);
      layers.length = 0;
      length = 0;
    },
  };
}
