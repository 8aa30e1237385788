// An embedding table by its name, with PyTorch's padding_idx.
import * as tf from "@tensorflow/tfjs-core";
import { embedding } from "../ops/embedding/embedding.ts";
import type { ModelContext, ParameterSpec } from "./model.ts";
import { parameter } from "./parameter.ts";

/**
 * Rows of `<name>.weight` by int32 ids `[rows]`: `[rows, width]`.
 * @param paddingId the id whose row gets no gradient, as PyTorch's `nn.Embedding(padding_idx)` has it.
 */
export function lookUp(
  context: ModelContext,
  name: string,
  ids: tf.Tensor1D,
  paddingId?: number,
): tf.Tensor2D {
  const found = embedding(parameter<tf.Tensor2D>(context, `${name}.weight`), ids);
  return paddingId === undefined ? found : withoutGradientOf(found, ids, paddingId);
}

/** The table's parameter. `paddingId` is the id whose row starts at zero, as `nn.Embedding(padding_idx)` has it. */
export function tableParameters(
  name: string,
  size: number,
  width: number,
  std: number,
  paddingId?: number,
): ParameterSpec[] {
  const initializer = { type: "normal", std, zeroRow: paddingId } as const;
  return [{ name: `${name}.weight`, shape: [size, width], initializer, constructed: "normal" }];
}

function withoutGradientOf(x: tf.Tensor2D, ids: tf.Tensor1D, paddingId: number): tf.Tensor2D {
  const pass: (x: tf.Tensor2D) => tf.Tensor2D = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    save([ids]);
    return {
      value: tf.clone(x),
      gradFunc: (dy: tf.Tensor2D, [ids]: tf.Tensor[]) => {
        const isWord = tf.notEqual(ids as tf.Tensor1D, tf.scalar(paddingId, "int32"));
        return tf.mul(dy, tf.reshape(tf.cast(isWord, "float32"), [dy.shape[0], 1]));
      },
    };
  });
  return pass(x);
}
