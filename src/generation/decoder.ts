// A language model's weights as something that writes: it owns their tensors, and those of each cache until that is disposed.
import * as tf from "@tensorflow/tfjs-core";
import { StudioError } from "../lib/errors.ts";
import { languageStages, listParameters, runLayers } from "../models/forward.ts";
import { createKeyValueCache } from "../models/key-value-cache.ts";
import type { Architecture } from "../models/model.ts";
import { parameter } from "../models/parameter.ts";
import { toRows } from "../models/rows.ts";
import { linear } from "../ops/linear/linear.ts";
import type { NextToken } from "./generate.ts";

export interface Decoder {
  /** Begins with empty texts. */
  open(): NextToken;
  /** Longest text in tokens. */
  readonly maxLength: number;
  /** What the keys and values of one token take. */
  readonly bytesPerToken: number;
  /** Frees the weights. */
  dispose(): void;
}

/** Puts weights on the device. @throws StudioError for an encoder, or where a weight is missing. */
export function createDecoder(
  architecture: Architecture,
  config: unknown,
  weights: ReadonlyMap<string, Float32Array>,
): Decoder {
  const { head, stages } = languageStages(architecture, config);
  const parameters = new Map(
    listParameters(stages).map(({ name, shape }) => {
      const values = weights.get(name);
      if (values === undefined) throw new StudioError(`The model's file has no ${name}.`);
      return [name, tf.tensor(values, [...shape], "float32")] as const;
    }),
  );
  const context = { parameters };
  const output = `${head.weight(config)}.weight`;
  const sizes = architecture.sizes(config);

  const read = (ids: Int32Array, fresh: number, past: ReturnType<typeof createKeyValueCache>) =>
    tf.tidy(() => {
      const shape: [number, number] = [ids.length / fresh, fresh];
      const rows = toRows({
        inputIds: tf.tensor2d(ids, shape, "int32"),
        attentionMask: tf.ones(shape, "int32"),
        past,
      });
      const hidden = runLayers({ architecture, config, context }, rows);
      // Only the last token of each text is asked what comes next.
      const last = fresh === 1 ? hidden : rows.last(hidden);
      return linear(head.finish(context, config, last), parameter<tf.Tensor2D>(context, output));
    });

  return {
    maxLength: sizes.maxLength,
    bytesPerToken: sizes.layers.reduce((sum, { hiddenSize }) => sum + 2 * 4 * hiddenSize, 0),
    open() {
      const past = createKeyValueCache();
      return {
        async read(ids, fresh) {
          const logits = read(ids, fresh, past);
          past.advance(fresh);
          try {
            return (await logits.data()) as Float32Array;
          } finally {
            logits.dispose();
          }
        },
        select: (texts) => past.select(texts),
        dispose: () => past.dispose(),
      };
    },
    dispose: () => tf.dispose([...parameters.values()]),
  };
}
