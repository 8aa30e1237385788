// What is wrong with training arguments that are each fine alone: the Trainer's validations, and those that it lacks.
import { optimArgsProblem } from "./optim-args.ts";
import { planSteps } from "./step-arithmetic.ts";
import type { ArgumentName, TrainingArguments } from "./training-arguments.ts";

export interface ArgumentProblem {
  readonly argument: ArgumentName;
  readonly message: string;
  readonly hint: string;
}

export interface ArgumentContext {
  readonly trainRows: number;
  readonly evaluationRows: number;
  /** `output_dir` of every stored run. */
  readonly takenFolders: readonly string[];
  /** Longest input of the base model, in tokens. */
  readonly modelMaxLength: number;
}

/** All problems, in the order of the form. A run starts only without any. */
export function validateArguments(
  args: TrainingArguments,
  context: ArgumentContext,
): ArgumentProblem[] {
  return rules.flatMap((rule) => rule(args, context) ?? []);
}

type Rule = (args: TrainingArguments, context: ArgumentContext) => ArgumentProblem | null;

const rules: readonly Rule[] = [
  ({ max_length }, { modelMaxLength }) =>
    max_length <= modelMaxLength
      ? null
      : {
          argument: "max_length",
          message: `${max_length} tokens are more than the ${modelMaxLength} that the base model reads.`,
          hint: `Set it to ${modelMaxLength} or less.`,
        },
  (args, { trainRows }) => {
    const { maxSteps } = planSteps(args, trainRows);
    return maxSteps <= 10_000_000
      ? null
      : {
          argument: "num_train_epochs",
          message: `${maxSteps.toLocaleString("en")} updates are more than a browser can do.`,
          hint: "Take fewer epochs or a larger batch.",
        };
  },
  ({ learning_rate }) =>
    learning_rate > 0
      ? null
      : {
          argument: "learning_rate",
          message: "With a learning rate of 0 nothing is learned.",
          hint: "0.00005 is the Trainer's default.",
        },
  ({ optim, optim_args }) => {
    const message = optimArgsProblem(optim, optim_args);
    return message === null
      ? null
      : {
          argument: "optim_args",
          message,
          hint: "Empty it, or choose the optimiser that it belongs to.",
        };
  },
  ({ evaluation_strategy }, { evaluationRows }) =>
    evaluation_strategy === "no" || evaluationRows > 0
      ? null
      : {
          argument: "evaluation_strategy",
          message: "There are no held-out rows to score.",
          hint: "Hold out a share of the rows on the data page, or never score.",
        },
  ({ load_best_model_at_end, evaluation_strategy, save_strategy }) =>
    !load_best_model_at_end || evaluation_strategy === save_strategy
      ? null
      : {
          argument: "save_strategy",
          message: `load_best_model_at_end needs the same strategy for scoring and saving, but evaluation_strategy is ${evaluation_strategy} and save_strategy is ${save_strategy}.`,
          hint: "Make them equal, or do not load the best at the end.",
        },
  (args, { trainRows }) => {
    const { evalSteps } = planSteps(args, Math.max(1, trainRows));
    const { load_best_model_at_end, evaluation_strategy, save_strategy, save_steps } = args;
    const bothBySteps = evaluation_strategy === "steps" && save_strategy === "steps";
    if (!load_best_model_at_end || !bothBySteps || save_steps % evalSteps === 0) return null;
    return {
      argument: "save_steps",
      message: `load_best_model_at_end needs save_steps to be a multiple of eval_steps, but ${save_steps} is not a multiple of ${evalSteps}.`,
      hint: `Save every ${Math.max(1, Math.round(save_steps / evalSteps)) * evalSteps} updates, for example.`,
    };
  },
  ({ output_dir }, { takenFolders }) =>
    !takenFolders.includes(output_dir)
      ? null
      : {
          argument: "output_dir",
          message: `Another run keeps its checkpoints in ${output_dir}.`,
          hint: "Choose another folder, or delete that run.",
        },
  ({ logging_dir, output_dir }) =>
    logging_dir === null ||
    !logging_dir.startsWith(`${output_dir}/`) ||
    !/^checkpoint-\d+(\/|$)/u.test(logging_dir.slice(output_dir.length + 1))
      ? null
      : {
          argument: "logging_dir",
          message: `${logging_dir} is the name of a checkpoint.`,
          hint: "Choose another folder.",
        },
];
