// Words of charts and of what surrounds a run.
import { formatCount } from "../../lib/format.ts";

export const charts = {
  axis: "Horizontal axis",
  axes: { step: "updates", epoch: "epochs", time: "time" },
  columns: { step: "step", epoch: "epoch", time: "seconds" },
  place: {
    step: (step: string) => `update ${step}`,
    epoch: (epoch: string) => `epoch ${epoch}`,
    time: (duration: string) => `after ${duration}`,
  },
  smoothing: "smoothing",
  csv: (title: string) => `${title} as CSV`,
  svg: (title: string) => `${title} as SVG`,
  readout: (title: string) => `${title}: values along the curve`,
  noReadout: "Arrow keys read out the values",
};

export const starting = {
  queue: "Add to the queue",
  queueWords: (name: string) => `${name} is going on. This run starts when it ends.`,
  waiting: (runs: number) =>
    runs === 1 ? "1 run waits in the queue." : `${formatCount(runs)} runs wait in the queue.`,
  compare: "Compare three ways",
  compareWords:
    "Trains from scratch, the head only and everything on the same rows: what pretraining is worth.",
  /** A language model's head is not trained alone. */
  compareTwo: "Compare two ways",
  compareTwoWords:
    "Trains from scratch and from the base model on the same rows: what pretraining is worth.",
};

export const queue = {
  title: "Queue",
  held: "The queue waits for you.",
  going: "The next run starts when this one ends.",
  goOn: "Start the queue",
  earlier: (name: string) => `Move ${name} up`,
  later: (name: string) => `Move ${name} down`,
  remove: "Remove",
  removeName: (name: string) => `Remove ${name} from the queue`,
  refused: "refused",
};

export const comparison = {
  title: "What pretraining is worth",
  names: { scratch: "from scratch", head: "head only", last: "last layers", full: "everything" },
  metric: "What is compared",
  metrics: { score: "score", evaluation: "evaluation loss", training: "training loss" },
  columns: {
    run: "run",
    score: "score",
    loss: "evaluation loss",
    time: "time",
    phase: "state",
  },
  waiting: "waits in the queue",
  gone: "deleted",
  none: "The first values come soon.",
  early: "The verdict stands here when the run from scratch and another one have been scored.",
  points: (points: string) => `${points} points`,
  nats: (nats: string) => `${nats} nats a token`,
  more: (name: string, gain: string, from: string, to: string) =>
    `Pretraining is worth ${gain}: ${name} reaches ${to}, random weights ${from}.`,
  less: (name: string, from: string, to: string) =>
    `Pretraining gains nothing here: ${name} reaches ${to}, random weights ${from}.`,
  unfinished: "So far.",
  summary: (metric: string, runs: number) => `${metric} of ${formatCount(runs)} runs.`,
  show: (name: string) => `Show ${name}`,
};

export const attention = {
  tell: "Tell me when it ends",
  willTell: "You will be told",
  denied: "Notifications are switched off in the browser's settings.",
  title: (name: string, phase: string) => `${name} is ${phase}`,
  best: (score: string, step: number) => `Best score ${score} at step ${formatCount(step)}.`,
};

export const verdict = {
  preparing: "Getting ready.",
  early: "Too early to say.",
  earlyWords: (step: number) =>
    `${formatCount(step)} ${step === 1 ? "update" : "updates"} done, nothing scored yet.`,
  improving: "Still improving.",
  flat: "Levelling off.",
  overfitting: "It begins to learn the rows by heart.",
  diverging: "It is diverging.",
  finished: (step: number) => `Best at step ${formatCount(step)}.`,
  finishedOver: (step: number) => `Best at step ${formatCount(step)}, overfitted after it.`,
  finishedRising: (step: number) => `Best at step ${formatCount(step)}, and still improving.`,
  failed: "The run failed.",
  unscored: "Nothing was scored.",
  interrupted: "Interrupted.",
  rose: (times: number) =>
    times === 1
      ? "The score got better at the last scoring."
      : `The score got better at each of the last ${times} scorings.`,
  lossFell: "The evaluation loss still falls.",
  noGain: (times: number) => `No better scoring for ${times} scorings in a row.`,
  overfit: (from: string, to: string, since: number) =>
    `The evaluation loss rose from ${from} to ${to} since step ${formatCount(since)}, while the training loss fell.`,
  bestKept: (step: number) => `checkpoint-${step}, the best, is kept.`,
  exploded: (low: string, now: string) =>
    `The training loss rose from ${low} to ${now}. A lower learning rate or more warm-up helps.`,
  /** `floor` is what chance, or always the same answer, reaches. */
  now: (
    name: string,
    score: string,
    floor: { readonly value: string; readonly how: string } | null,
    words: string | null,
  ) =>
    `${name} ${score}${floor === null ? "" : `, ${floor.value} ${floor.how}`}${words === null ? "" : `, ${words} for word counts`}.`,
  floors: {
    accuracy: "by chance",
    f1: "for always the most frequent labels",
    r2: "for always the mean",
  },
  moreEpochs: "More epochs may help.",
};

export const presetWords = {
  label: "Starting point",
  names: {
    quick: "Quick look",
    balanced: "Balanced",
    thorough: "Thorough",
    notes: "From the notes",
  },
  undo: (fields: number) =>
    fields === 1 ? "undo 1 change" : `undo ${formatCount(fields)} changes`,
};

export const repair = {
  message: (saves: string, scores: string) =>
    `The Trainer refuses these arguments: it saves ${saves} and scores ${scores}.`,
  hint: "To load the best at the end it needs a score for every checkpoint.",
  saves: { no: "never", steps: "by steps", epoch: "after each epoch", best: "the best" },
  scores: { no: "never", steps: "by steps", epoch: "after each epoch" },
  saveAsScored: (every: string | null) =>
    every === null ? "Save after each epoch" : `Save every ${every} updates`,
  scoreAsSaved: (every: string | null) =>
    every === null ? "Score after each epoch" : `Score every ${every} updates`,
};

export const timeline = {
  scored: "scored",
  saved: "saved, stays",
  deleted: "saved, deleted later",
  epoch: (epoch: number) => `epoch ${formatCount(epoch)}`,
  step: (step: number) => `update ${formatCount(step)}`,
  suppose: (step: number) => `Suppose update ${formatCount(step)} scores best:`,
  early: (step: number) => `Then early stopping ends the run at update ${formatCount(step)}.`,
  list: "As a list",
  more: (lines: number, isCut: boolean) =>
    isCut ? "and so on." : `and ${formatCount(lines)} more.`,
  scoredAt: (step: number) => `Scored after update ${formatCount(step)}`,
  savedUntil: (step: number, until: number) =>
    `checkpoint-${step}, deleted after update ${formatCount(until)}`,
  savedKept: (step: number, why: string) => `checkpoint-${step}, ${why}`,
  kept: {
    best: "stays as the best",
    newest: "stays as the newest",
    both: "stays as best and newest",
    limit: "stays",
  },
  isScored: "scored",
  isBest: "scored, the best",
  isSaved: "saved",
  isKept: (why: string) => `saved, ${why}`,
  isDeleted: (step: number) => `checkpoint-${step} deleted`,
  summary: (scored: number, saved: number, kept: readonly number[]) =>
    `The coming run: ${formatCount(scored)} scorings, ${formatCount(saved)} checkpoints. ${
      kept.length === 0
        ? "None remains."
        : `At the end remain ${kept
            .slice(-8)
            .map((step) => `checkpoint-${step}`)
            .join(", ")}.`
    }`,
};

export const cost = {
  time: "Time",
  about: (duration: string) => `about ${duration}`,
  measuring: "measuring …",
  unknown: "not measured yet",
  fromTrial: "From a short trial on this device; saves not counted.",
  fromRun: (name: string) => `From the run ${name} on this device.`,
  memory: "Memory",
  fits: "fits",
  tooMuch: "too much",
  parts: {
    weights: "Weights",
    gradients: "Gradients",
    optimizer: "Optimiser",
    working: "Activations and the like",
    logits: "Logits and tables",
  },
  limit: (total: number | null, shown: string) =>
    total === null
      ? "The browser does not tell how much memory the graphics device has."
      : `Estimated. WebAssembly can use up to ${shown}.`,
  overTotal: (need: string, limit: string) =>
    `About ${need} are needed, but no more than ${limit} can be used here.`,
  overLargest: (need: string, limit: string) =>
    `One tensor needs about ${need}, but this graphics device takes at most ${limit} in one piece.`,
  remedy: (batch: number, steps: number, maxLength: number | null) =>
    `Batches of ${formatCount(batch)}, added up ${formatCount(steps)} times${
      maxLength === null ? "" : `, texts of ${formatCount(maxLength)} tokens`
    }`,
  noRemedy:
    "No batch is small enough. Switch gradient_checkpointing on, train the head or the last layers only, or take a smaller model.",
};
