// The settings of each optimiser under torch's names, in the order in which torch's parameter groups hold them.
import { readOptimArgs } from "../../config/optim-args.ts";
import type { TrainingArguments } from "../../config/training-arguments.ts";
import type { OptimizerFile } from "../../formats/optimizer-file.ts";

type Settings = Pick<OptimizerFile, "settings" | "stepKind">;

/** What optimizer.pt's groups hold besides rates, decay and parameters, and how the optimiser keeps its step. */
export function torchSettings(args: TrainingArguments): Settings {
  switch (args.optim) {
    case "adamw_torch":
      return {
        stepKind: "tensor",
        settings: {
          betas: { tuple: [{ float: args.adam_beta1 }, { float: args.adam_beta2 }] },
          eps: { float: args.adam_epsilon },
          amsgrad: false,
          maximize: false,
          foreach: null,
          capturable: false,
          differentiable: false,
          fused: null,
          decoupled_weight_decay: true,
        },
      };
    case "sgd": {
      const { momentum, dampening, nesterov } = readOptimArgs("sgd", args.optim_args);
      return {
        stepKind: "none",
        settings: {
          momentum: { float: momentum },
          dampening: { float: dampening },
          nesterov,
          maximize: false,
          foreach: null,
          differentiable: false,
          fused: null,
        },
      };
    }
    case "adagrad": {
      const options = readOptimArgs("adagrad", args.optim_args);
      return {
        stepKind: "tensor",
        settings: {
          lr_decay: { float: options.lrDecay },
          eps: { float: options.epsilon },
          initial_accumulator_value: { float: options.initialAccumulatorValue },
          foreach: null,
          maximize: false,
          differentiable: false,
          fused: null,
        },
      };
    }
    case "rmsprop": {
      const options = readOptimArgs("rmsprop", args.optim_args);
      return {
        stepKind: "tensor",
        settings: {
          momentum: { float: options.momentum },
          alpha: { float: options.alpha },
          eps: { float: options.epsilon },
          centered: options.centered,
          capturable: false,
          foreach: null,
          maximize: false,
          differentiable: false,
        },
      };
    }
    case "adafactor":
      return {
        stepKind: "int",
        settings: {
          eps: { tuple: [{ float: 1e-30 }, { float: 1e-3 }] },
          clip_threshold: { float: 1 },
          decay_rate: { float: -0.8 },
          beta1: null,
          scale_parameter: false,
          relative_step: false,
          warmup_init: false,
        },
      };
    default:
      return args.optim satisfies never;
  }
}
