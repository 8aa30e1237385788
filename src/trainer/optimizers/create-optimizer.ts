// The optimiser that the training arguments name, with their hyper-parameters.

import { readOptimArgs } from "../../config/optim-args.ts";
import type { TrainingArguments } from "../../config/training-arguments.ts";
import { adafactor } from "./adafactor.ts";
import { adagrad } from "./adagrad.ts";
import { adamw } from "./adamw.ts";
import type { OptimizerRule } from "./optimizer.ts";
import { rmsprop } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";

/** Defaults are PyTorch's; `optim_args` changes them for sgd, adagrad and rmsprop, as in the Trainer. */
export function createOptimizer(
  args: Pick<
    TrainingArguments,
    "optim" | "optim_args" | "adam_beta1" | "adam_beta2" | "adam_epsilon"
  >,
): OptimizerRule {
  switch (args.optim) {
    case "adamw_torch":
      return adamw({
        beta1: args.adam_beta1,
        beta2: args.adam_beta2,
        epsilon: args.adam_epsilon,
      });
    case "sgd":
      return sgd(readOptimArgs("sgd", args.optim_args));
    case "adagrad":
      return adagrad(readOptimArgs("adagrad", args.optim_args));
    case "rmsprop":
      return rmsprop(readOptimArgs("rmsprop", args.optim_args));
    case "adafactor":
      return adafactor();
    default:
      return args.optim satisfies never;
  }
}
