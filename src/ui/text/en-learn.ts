// Words of the Learn page: each notion in plain sentences, and how this run's numbers are told.
import { formatCount } from "../../lib/format.ts";
import { count } from "./count.ts";

export const enLearn = {
  title: "Learn",
  intro: "What the words of this studio mean, each with the numbers of a run.",
  numbersOf: (run: string) => `Numbers from the run ${run}.`,
  numbersOfNone:
    "Start a run, or show one from the history: its numbers then stand under each notion.",
  contents: "On this page",
  thisRun: "In this run",
  link: "Learn more",
  linkName: (label: string) => `Learn more about ${label}`,
  notions: {
    transfer: {
      title: "Transfer learning and fine-tuning",
      text: [
        "A base model has already read a great deal of text. Both ways start from what it knows, and differ in how much of it may change.",
        "Transfer learning: a child has learned from books to recognise animals. Shown an animal that was in none of them, it need not learn anew what fur, legs and beaks are; it only learns one more name. Here the base model stays as it is and a new head, its last layer, learns your classes. It takes seconds and few rows.",
        "Fine-tuning: a baker has a good cake and wants another one. Changing only the icing is quick, and the cake beneath stays the same: that is the head alone. Rebaking it with the recipe adjusted changes the cake itself: that is fine-tuning, where all weights move a little towards your rows. It takes longer and usually ends better.",
        "Training from scratch is to bake without any recipe: random weights, your rows and nothing else. It shows what the base model is worth.",
      ],
    },
    epoch: {
      title: "Epoch",
      text: [
        "One pass over all training rows. After each pass the rows are shuffled again and the next one begins.",
        "Too few epochs and the model has not learned what the rows hold; too many and it learns the rows by heart.",
      ],
    },
    batch: {
      title: "Batch and update",
      text: [
        "The rows that go through the model together. Their mean loss decides one update: one small change of the weights. Updates are also called steps.",
        "With gradient accumulation several batches are added up before one update: the effect of a larger batch without its memory.",
      ],
    },
    learningRate: {
      title: "Learning rate",
      text: [
        "How far each update moves the weights. Too high and the loss jumps about or becomes infinite; too low and little is learned in the time.",
        "A warm-up lets it rise from zero, so that the first, noisy updates do no harm. The schedule then lowers it: large moves first, careful ones at the end.",
      ],
    },
    regularization: {
      title: "Learning by heart",
      text: [
        "A model that fits the training rows ever better while the held-out rows get worse has learned the rows and not the task: overfitting. The two loss curves part.",
        "Fewer epochs, more rows, weight decay and label smoothing work against it. Keeping the best checkpoint means that it costs nothing but time.",
      ],
    },
    evaluation: {
      title: "Evaluation",
      text: [
        "From time to time the model is scored on held-out rows, which it never trains on. Only these figures say how it will do on rows it has not seen.",
        "The evaluation loss says how wrong its probabilities are; accuracy is the share of rows whose most probable class is the right one.",
      ],
    },
    logging: {
      title: "Logging",
      text: [
        "A row of the log holds the mean training loss since the row before, the gradient norm, the learning rate and the epoch. The rows are the points of the curves.",
        "They are written into logging_dir as the run goes on: as JSON lines, and as event files that TensorBoard opens.",
      ],
    },
    snapshot: {
      title: "Checkpoint, or snapshot",
      text: [
        "A picture of the run at one update, in a folder checkpoint-N under output_dir: the weights, the tokenizer, the optimiser's state and the log so far.",
        "From it a run that was cut off goes on as if nothing had happened, and Python opens it with from_pretrained.",
      ],
    },
    rotation: {
      title: "Rotation",
      text: [
        "Checkpoints are large. save_total_limit says how many stay: after each save the oldest is deleted.",
        "The best one and the newest one are never deleted: one is what you came for, the other is what an interrupted run goes on from.",
      ],
    },
    best: {
      title: "Best model",
      text: [
        "The last update is not always the best one. metric_for_best_model names the figure that decides, and each evaluation that beats all earlier ones becomes the best.",
        "With load_best_model_at_end the run ends with the weights of the best checkpoint. That asks for saves and evaluations at the same updates, or the best one could be lost.",
        "Early stopping ends the run when so many evaluations in a row were no better.",
      ],
    },
    tokens: {
      title: "Tokens and padding",
      text: [
        "A model reads pieces of words, tokens, each with a number. A tokenizer cuts the text; max_length is where long texts end.",
        "Rows of one batch must be equally long: shorter ones are filled up with padding, which the model ignores but still computes.",
      ],
    },
    seed: {
      title: "Seed",
      text: [
        "Chance is in a run twice: in the new weights, and in the order of the rows. The seed fixes both, so the same seed gives the same run.",
        "A difference between two runs that a second seed turns round is no difference.",
      ],
    },
  },
  numbers: {
    head: (trained: string, all: string, share: string) =>
      `Head only: ${trained} of ${all} parameters are trained, ${share}. This is transfer learning, the icing.`,
    full: (all: string) =>
      `All ${all} parameters are trained. This is fine-tuning, the cake rebaked.`,
    other: (trained: string, all: string, share: string) =>
      `${trained} of ${all} parameters are trained, ${share}.`,
    scratch: (all: string) => `All ${all} parameters start from random values: no recipe.`,
    epochs: (rows: number, perEpoch: number, all: number, now: string) =>
      `One epoch is ${count(rows, "row", "rows")} in ${count(perEpoch, "update", "updates")}; the run has ${formatCount(all)} in all and is at epoch ${now}.`,
    batch: (batch: number, accumulation: number, total: number, batches: number) =>
      accumulation === 1
        ? `${count(batch, "row", "rows")} a batch, so an epoch has ${count(batches, "batch", "batches")}, each one update.`
        : `${count(batch, "row", "rows")} a batch, ${formatCount(accumulation)} batches an update: ${formatCount(total)} rows decide each one. An epoch has ${count(batches, "batch", "batches")}.`,
    rate: (peak: string, warmup: number, schedule: string, now: string) =>
      `It rises to ${peak} in ${count(warmup, "update", "updates")}, then follows the schedule ${schedule}. Last value: ${now}.`,
    losses: (train: string, evaluation: string) =>
      `Training loss ${train}, evaluation loss ${evaluation}: compare the two.`,
    scored: (rows: number, times: number, loss: string) =>
      `${count(rows, "held-out row", "held-out rows")}, scored ${count(times, "time", "times")} so far. The last evaluation loss: ${loss}.`,
    neverScored: (rows: number) =>
      `${count(rows, "row is", "rows are")} held out, but none was scored during this run yet.`,
    logged: (rows: number, every: number, dir: string) =>
      `${count(rows, "row", "rows")} so far, one every ${count(every, "update", "updates")}, in ${dir}.`,
    saved: (checkpoints: string, size: string) => `Kept now: ${checkpoints}, ${size} in all.`,
    noneSaved: "No checkpoint has been saved yet.",
    rotated: (limit: number | null, written: number, deleted: number) =>
      limit === null
        ? `save_total_limit is empty: all of the ${formatCount(written)} that were written stay, unless you delete them.`
        : `save_total_limit is ${formatCount(limit)}: ${formatCount(written)} were written, ${formatCount(deleted)} of them deleted again.`,
    best: (metric: string, step: number, kept: boolean) =>
      `Best by ${metric} at update ${formatCount(step)}; ${kept ? `checkpoint-${step} holds it` : "no kept checkpoint holds it"}.`,
    noBest: "Nothing has been scored yet, so nothing is best.",
    tokens: (maxLength: number) => `Texts end after ${count(maxLength, "token", "tokens")}.`,
    seed: (seed: number) => `The seed is ${seed}.`,
  },
};
