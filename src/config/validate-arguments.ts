// What is wrong with training arguments that are each fine alone: the Trainer's validations, and those that it lacks.
import { optimArgsProblem } from "./optim-args.ts";
import { errorMetrics, metricsOf, type Task } from "./problem-type.ts";
import { schedulerOptionsProblem } from "./scheduler-options.ts";
import { planSteps } from "./step-arithmetic.ts";
import {
  type ArgumentName,
  bestMetric,
  isGreaterBetter,
  isMetricSchedule,
  type TrainingArguments,
} from "./training-arguments.ts";

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
  readonly task: Task;
  /** The run adjusts the word embeddings, and does not only read them. */
  readonly trainsEmbeddings: boolean;
}

/** All problems, in the order of the form. A run starts only without any. */
export function validateArguments(
  args: TrainingArguments,
  context: ArgumentContext,
): ArgumentProblem[] {
  return rules.flatMap((rule) => {
    const problem = rule(args, context);
    if (problem === null) return [];
    const [argument, message, hint] = problem;
    return { argument, message, hint };
  });
}

type Rule = (
  args: TrainingArguments,
  context: ArgumentContext,
) => readonly [argument: ArgumentName, message: string, hint: string] | null;

const rules: readonly Rule[] = [
  ({ max_length }, { modelMaxLength }) =>
    max_length <= modelMaxLength
      ? null
      : [
          "max_length",
          `${max_length} tokens are more than the ${modelMaxLength} that the base model reads.`,
          `Set it to ${modelMaxLength} or less.`,
        ],
  ({ max_steps }) =>
    max_steps !== 0
      ? null
      : ["max_steps", "With 0 updates nothing is learned.", "-1 leaves the length to the epochs."],
  (args, { trainRows }) => {
    const { maxSteps } = planSteps(args, trainRows);
    return maxSteps <= 10_000_000
      ? null
      : [
          "num_train_epochs",
          `${maxSteps.toLocaleString("en")} updates are more than a browser can do.`,
          "Take fewer epochs or a larger batch.",
        ];
  },
  ({ dataloader_drop_last, per_device_train_batch_size: size }, { trainRows }) =>
    !dataloader_drop_last || trainRows === 0 || trainRows >= size
      ? null
      : [
          "dataloader_drop_last",
          `${trainRows} training rows do not fill one batch of ${size}, and short batches are dropped: there is nothing to train on.`,
          `Lower the batch size to ${trainRows} or less, or keep short batches.`,
        ],
  ({ dataloader_drop_last, per_device_eval_batch_size: size, ...args }, { evaluationRows }) =>
    !dataloader_drop_last ||
    args.evaluation_strategy === "no" ||
    evaluationRows === 0 ||
    evaluationRows >= size
      ? null
      : [
          "per_device_eval_batch_size",
          `${evaluationRows} held-out rows do not fill one scoring batch of ${size}, and short batches are dropped: there is nothing to score.`,
          `Lower the scoring batch to ${evaluationRows} or less, or keep short batches.`,
        ],
  ({ learning_rate }) =>
    learning_rate > 0
      ? null
      : [
          "learning_rate",
          "With a learning rate of 0 nothing is learned.",
          "0.00005 is the Trainer's default.",
        ],
  ({ optim, optim_args }) => {
    const message = optimArgsProblem(optim, optim_args);
    return message === null
      ? null
      : ["optim_args", message, "Empty it, or choose the optimiser that it belongs to."];
  },
  ({ lr_scheduler_type, lr_scheduler_kwargs }) => {
    const message = schedulerOptionsProblem(lr_scheduler_type, lr_scheduler_kwargs);
    return message === null
      ? null
      : [
          "lr_scheduler_kwargs",
          message,
          'Give the options as JSON, such as {"num_cycles": 2}, or empty the field.',
        ];
  },
  ({ lr_scheduler_type, lr_scheduler_kwargs, learning_rate }) => {
    const end = Number(lr_scheduler_kwargs?.lr_end ?? 1e-7);
    return lr_scheduler_type !== "polynomial" || learning_rate > end
      ? null
      : [
          "lr_scheduler_kwargs",
          `lr_end (${end}) must be smaller than the learning rate (${learning_rate}).`,
          "Lower lr_end, or raise the learning rate.",
        ];
  },
  ({ lr_scheduler_type, evaluation_strategy }) =>
    !isMetricSchedule(lr_scheduler_type) || evaluation_strategy !== "no"
      ? null
      : [
          "lr_scheduler_type",
          `${lr_scheduler_type} listens to the scores, but nothing is scored.`,
          "Set evaluation_strategy to steps or epoch.",
        ],
  (args) => {
    const { lr_scheduler_type, lr_scheduler_kwargs } = args;
    const mode = lr_scheduler_kwargs?.mode ?? "min";
    const wanted = isGreaterBetter(args) ? "max" : "min";
    return !isMetricSchedule(lr_scheduler_type) || mode === wanted
      ? null
      : [
          "lr_scheduler_kwargs",
          `${lr_scheduler_type} waits for ${bestMetric(args)} to ${mode === "min" ? "fall" : "rise"}, but ${wanted === "max" ? "greater" : "smaller"} is better.`,
          `Add "mode": "${wanted}". The Trainer would not say a word.`,
        ];
  },
  ({ evaluation_strategy }, { evaluationRows }) =>
    evaluation_strategy === "no" || evaluationRows > 0
      ? null
      : [
          "evaluation_strategy",
          "There are no held-out rows to score.",
          "Hold out a share of the rows on the data page, or never score.",
        ],
  ({ eval_on_start }, { evaluationRows }) =>
    !eval_on_start || evaluationRows > 0
      ? null
      : ["eval_on_start", "There are no held-out rows to score.", "Hold out a share of the rows."],
  ({ label_smoothing_factor }, { task }) =>
    label_smoothing_factor === 0 ||
    task === "single_label_classification" ||
    task === "language_modeling"
      ? null
      : [
          "label_smoothing_factor",
          "Label smoothing belongs to single classes; here every row has numbers of its own.",
          "Set it to 0.",
        ],
  ({ neftune_noise_alpha }, { trainsEmbeddings }) =>
    neftune_noise_alpha === null || trainsEmbeddings
      ? null
      : [
          "neftune_noise_alpha",
          "Noise on the embeddings has no effect here: the outputs of the frozen layers are computed once, without it.",
          "Empty it, or train everything.",
        ],
  ({ metric_for_best_model: name }, { task }) => {
    const names: readonly string[] = metricsOf[task];
    return name === null || names.includes(name)
      ? null
      : [
          "metric_for_best_model",
          `${name} is not among the scores of this data set: ${names.join(", ")}.`,
          "Choose one of these. The Trainer would stop at its first scoring.",
        ];
  },
  ({ metric_for_best_model: name, greater_is_better }) =>
    name === null || !errorMetrics.has(name) || greater_is_better !== null
      ? null
      : [
          "greater_is_better",
          `Less ${name} is better, but left alone the Trainer takes the greatest ${name} for the best: its name does not end in loss.`,
          "Choose smaller.",
        ],
  (args) => {
    const name = bestMetric(args);
    if (name === null || args.greater_is_better === null) return null;
    const isError = name.endsWith("loss") || errorMetrics.has(name);
    return args.greater_is_better !== isError
      ? null
      : [
          "greater_is_better",
          `${isError ? "Less" : "More"} ${name} is better: so the worst checkpoint would be kept as the best.`,
          `Choose ${isError ? "smaller" : "greater"}, or another metric.`,
        ];
  },
  ({ save_strategy, metric_for_best_model, load_best_model_at_end }) =>
    save_strategy !== "best" || metric_for_best_model !== null || load_best_model_at_end
      ? null
      : [
          "metric_for_best_model",
          "Saving the best needs a metric that says what is best.",
          "Choose one, or save by steps or epochs.",
        ],
  ({ save_strategy, evaluation_strategy }) =>
    save_strategy !== "best" || evaluation_strategy !== "no"
      ? null
      : [
          "save_strategy",
          "The best is found by scoring, but nothing is scored: no checkpoint would ever be written.",
          "Set evaluation_strategy to steps or epoch.",
        ],
  ({ early_stopping_patience, evaluation_strategy }) =>
    early_stopping_patience === null || evaluation_strategy !== "no"
      ? null
      : [
          "early_stopping_patience",
          "Early stopping needs scores, but nothing is scored.",
          "Set evaluation_strategy to steps or epoch.",
        ],
  (args) =>
    args.early_stopping_patience === null || bestMetric(args) !== null
      ? null
      : [
          "metric_for_best_model",
          "Early stopping needs a metric to watch.",
          "Choose one, or empty early_stopping_patience.",
        ],
  ({ early_stopping_patience, early_stopping_threshold }) =>
    early_stopping_threshold === 0 || early_stopping_patience !== null
      ? null
      : [
          "early_stopping_threshold",
          "It belongs to early stopping, which is off.",
          "Set early_stopping_patience, or put 0 here.",
        ],
  ({ load_best_model_at_end, evaluation_strategy, save_strategy }) =>
    !load_best_model_at_end || save_strategy === "best" || evaluation_strategy === save_strategy
      ? null
      : [
          "save_strategy",
          `load_best_model_at_end needs the same strategy for scoring and saving, but evaluation_strategy is ${evaluation_strategy} and save_strategy is ${save_strategy}.`,
          "Make them equal, or do not load the best at the end.",
        ],
  saveStepsProblem,
  ({ output_dir }, { takenFolders }) =>
    !takenFolders.includes(output_dir)
      ? null
      : [
          "output_dir",
          `Another run keeps its checkpoints in ${output_dir}.`,
          "Choose another folder, or delete that run.",
        ],
  ({ logging_dir, output_dir }) =>
    logging_dir === null ||
    !logging_dir.startsWith(`${output_dir}/`) ||
    !/^checkpoint-\d+(\/|$)/u.test(logging_dir.slice(output_dir.length + 1))
      ? null
      : ["logging_dir", `${logging_dir} is the name of a checkpoint.`, "Choose another folder."],
];

/** The Trainer's own rule for loading the best with both strategies by steps: every save must fall on a scoring. */
function saveStepsProblem(args: TrainingArguments): ReturnType<Rule> {
  const { load_best_model_at_end, evaluation_strategy, save_strategy, save_steps } = args;
  const evalSteps = args.eval_steps ?? args.logging_steps;
  const bothBySteps = evaluation_strategy === "steps" && save_strategy === "steps";
  if (!load_best_model_at_end || !bothBySteps || save_steps === 0) return null;
  if (save_steps < 1 !== evalSteps < 1) {
    return [
      "save_steps",
      `load_best_model_at_end needs save_steps to be a multiple of eval_steps, which nobody can promise for a share of the updates (${Math.min(save_steps, evalSteps)}) and a number of them (${Math.max(save_steps, evalSteps)}).`,
      "Give both as shares or both as numbers.",
    ];
  }
  // Shares times a million, as the Trainer does, so that 0.3 is a multiple of 0.1.
  const scale = save_steps < 1 ? 1_000_000 : 1;
  if (Math.round(save_steps * scale) % Math.round(evalSteps * scale) === 0) return null;
  const multiple = Math.max(1, Math.round(save_steps / evalSteps)) * evalSteps;
  return [
    "save_steps",
    `load_best_model_at_end needs save_steps to be a multiple of eval_steps, but ${save_steps} is not a multiple of ${evalSteps}.`,
    `Save every ${Number(multiple.toPrecision(6))} updates, for example.`,
  ];
}
