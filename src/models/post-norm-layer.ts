// The transformer layer of Vaswani et al. 2017 (https://arxiv.org/abs/1706.03762) as BERT and its kin have it: attention and a
// feed-forward network, each added to what came in and then normalised. Architectures differ in the names of its parts.
import type * as tf from "@tensorflow/tfjs-core";
import { activationOf, type activationSchema } from "./activation.ts";
import { attentionDropout } from "./dropout.ts";
import { feedForward, linear, linearParameters, projections } from "./linear.ts";
import type { ModelContext, ParameterSpec } from "./model.ts";
import { normParameters, residualNorm } from "./norm.ts";
import type { Rows } from "./rows.ts";

/** Full names of the parts of one layer. */
export interface PostNormNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly attentionNorm: string;
  readonly intermediate: string;
  readonly output: string;
  readonly outputNorm: string;
}

/** What the layers of one model have in common. */
export interface PostNormSettings {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  readonly activation: ReturnType<typeof activationSchema.parse>;
  readonly epsilon: number;
  /** Of the attention's weights. */
  readonly attentionDropout: number;
  readonly attentionOutputDropout: number;
  readonly outputDropout: number;
  readonly initializerRange: number;
}

/** The layer's parameters, in the order of the forward pass. */
export function postNormParameters(
  names: PostNormNames,
  settings: PostNormSettings,
): ParameterSpec[] {
  const { hiddenSize: hidden, intermediateSize: inner, initializerRange: std } = settings;
  return [
    ...linearParameters(names.query, hidden, hidden, std),
    ...linearParameters(names.key, hidden, hidden, std),
    ...linearParameters(names.value, hidden, hidden, std),
    ...linearParameters(names.attentionOutput, hidden, hidden, std),
    ...normParameters(names.attentionNorm, hidden),
    ...linearParameters(names.intermediate, inner, hidden, std),
    ...linearParameters(names.output, hidden, inner, std),
    ...normParameters(names.outputNorm, hidden),
  ];
}

/** `[rows, hiddenSize]` to `[rows, hiddenSize]`. */
export function postNormLayer(
  context: ModelContext,
  names: PostNormNames,
  settings: PostNormSettings,
  hidden: tf.Tensor2D,
  rows: Rows,
): tf.Tensor2D {
  const attended = attend(context, names, settings, hidden, rows);
  const network = {
    ...{ inner: names.intermediate, outer: names.output },
    activation: activationOf(settings.activation),
  };
  const end = {
    ...{ norm: names.outputNorm, epsilon: settings.epsilon },
    ...{ site: names.output, rate: settings.outputDropout },
  };
  return residualNorm(context, end, attended, (residual) =>
    feedForward(context, network, attended, residual),
  );
}

function attend(
  context: ModelContext,
  names: PostNormNames,
  settings: PostNormSettings,
  hidden: tf.Tensor2D,
  rows: Rows,
): tf.Tensor2D {
  const mixed = rows.attention(
    projections(context, [names.query, names.key, names.value] as const, hidden),
    {
      heads: settings.heads,
      dropout: attentionDropout(context, `${names.query}.attention`, settings.attentionDropout),
    },
  );
  const end = {
    ...{ norm: names.attentionNorm, epsilon: settings.epsilon },
    ...{ site: names.attentionOutput, rate: settings.attentionOutputDropout },
  };
  return residualNorm(context, end, hidden, (residual) =>
    linear(context, names.attentionOutput, mixed, residual && { residual }),
  );
}
