// Every word on the screen, in English, by feature. Another language is one more file of this shape.
// Labels and help of training arguments stand beside the arguments (config/training-arguments.ts).
import { formatCount } from "../../lib/format.ts";
import { count } from "./count.ts";
import { enData } from "./en-data.ts";
import { enDeviceBenchmark } from "./en-device-benchmark.ts";
import { enFit } from "./en-fit.ts";
import { enHub } from "./en-hub.ts";
import { enKinds } from "./en-kinds.ts";
import { enLanguage } from "./en-language.ts";
import { enLearn } from "./en-learn.ts";
import { enMirror } from "./en-mirror.ts";
import { enModels } from "./en-models.ts";
import { backendNames, enPerformance } from "./en-performance.ts";
import { enPlayground } from "./en-playground.ts";
import { enResults } from "./en-results.ts";
import { enResume } from "./en-resume.ts";
import {
  attention,
  charts,
  comparison,
  cost,
  presetWords,
  queue,
  repair,
  starting,
  timeline,
  verdict,
} from "./en-run.ts";
import { enFiles, enHistory, enUndo } from "./en-storage.ts";
import { trainingWords } from "./en-training.ts";

export const en = {
  attention,
  charts,
  learn: enLearn,
  undo: enUndo,
  history: enHistory,
  files: enFiles,
  comparison,
  cost,
  presets: presetWords,
  queue,
  repair,
  starting,
  timeline,
  parts: {
    less: (name: string) => `Less: ${name}`,
    more: (name: string) => `More: ${name}`,
  },
  shell: {
    brand: "Finetune Studio",
    startPage: "Start page",
    skipToContent: "Skip to the page",
    steps: "Steps",
    pages: {
      model: "Model",
      data: "Data",
      training: "Training",
      run: "Run",
      results: "Results",
      playground: "Playground",
      files: "Files",
      history: "History",
      learn: "Learn",
    },
    done: "done",
    needsAttention: "needs attention",
    private: "Nothing leaves this device",
    privateWhy:
      "Your file, the model and all checkpoints stay in this browser. The page sends nothing.",
    storage: "Storage",
    storageUse: (used: string, granted: string) => `${used} of ${granted} used`,
    theme: "Theme",
    themes: { system: "As the system", dark: "Dark", light: "Light" },
    device: {
      starting: "Starting the device",
      failed: "No device",
      open: (device: string) => `Device: ${device}. Change it`,
      backends: { ...backendNames, cpu: "JavaScript" },
      backend: "Back end",
      choices: {
        auto: "Automatic",
        webgpu: "WebGPU, the graphics card",
        wasm: "WebAssembly, the processor",
        cpu: "JavaScript, slow, for checks",
      },
      help: "With a real graphics card, Automatic measures for each kind of run whether WebGPU or WebAssembly is faster. Without one it takes WebAssembly.",
      interrupts: (run: string) =>
        `A change interrupts ${run}. It can be resumed from its newest checkpoint.`,
      failedHint: "You can look around, but no run can start until a back end works.",
      tryAgain: "Try again",
    },
    notice: { close: "Close this message" },
    interrupted: {
      message: (name: string, step: number, maxSteps: number) =>
        `${name} was interrupted at step ${formatCount(step)} of ${formatCount(maxSteps)}.`,
      more: (others: number) =>
        others === 1 ? "One more run was too." : `${formatCount(others)} more runs were too.`,
      resume: "Resume",
      show: "Show",
    },
    drop: {
      title: "Drop it here",
      words:
        "A CSV, Excel, JSON or Parquet file, also in a zip, becomes the data set. A zip or a folder with model files becomes the base model.",
      onResults:
        "A CSV, Excel, JSON or Parquet file is predicted with this run's model. A zip or a folder with model files becomes the base model.",
      onHistory: "The zip of an exported run comes back among the runs.",
      several: (files: number) =>
        `${formatCount(files)} files were dropped, but a data set is one file.`,
      severalHint: "Drop one file of rows, or the zip or folder of a model.",
    },
    crash: {
      message: "This page of the studio has failed.",
      again: "Show it again",
    },
    lacking: {
      insecure: {
        message: `This page was opened over an address that the browser does not trust, so storage and training are switched off.`,
        hint: "Open it over https:// or on http://localhost.",
      },
      message: (features: string) => `This browser lacks ${features}.`,
      hint: "Use a current Chrome, Edge, Firefox or Safari. You can look around here, but parts of the studio will not work.",
      features: {
        webAssembly: "WebAssembly",
        workers: "module workers",
        indexedDb: "IndexedDB storage",
        locks: "Web Locks",
      },
    },
  },
  welcome: {
    title: "Fine-tune a language model, in this tab.",
    words:
      "Nothing to install, nothing uploaded. Drop a file anywhere on this page, or start with a sample.",
    drop: "Drop a CSV, Excel, JSON, Parquet or text file: texts with labels, prompts with completions, or plain text",
    or: "or",
    choose: "choose a file",
    samples: {
      sentiment: {
        name: "Reviews, good or bad",
        size: "3,000 sentences, 2 classes",
        task: "classify",
        origin: "Single sentences from Amazon, IMDb and Yelp reviews.",
      },
      languages: {
        name: "Which language is it",
        size: "3,250 messages, 13 classes",
        task: "classify",
        origin: "Messages of the TypeScript compiler, from Czech to Chinese.",
      },
      definitions: {
        name: "What a word means",
        size: "3,000 prompts with completions",
        task: "write",
        origin: "English words and their commonest meanings, from WordNet.",
      },
      dictionary: {
        name: "Pages of a dictionary",
        size: "1,500 entries of plain text",
        task: "write",
        origin: "Entries with several meanings each, made of WordNet's.",
      },
      sums: {
        name: "Sums, step by step",
        size: "5,000 questions with reasoning",
        task: "reason",
        origin: "Word problems of two to four operations, made for this project.",
      },
    },
    use: "Use this sample",
    baseModel: "Base model:",
    parameters: (magnitude: string) => `${magnitude} parameters`,
    embedded: "embedded",
    stored: "from this browser's storage",
    modelLoading: "loading",
    modelFailed: "could not be loaded",
    modelUnfit: "does not fit into this device's memory",
    change: "Change",
  },
  model: {
    title: "Model",
    choose: "Base model",
    sources: { embedded: "embedded", stored: "added by you" },
    loading: (name: string) => `Loading ${name}`,
    loadingWords: "Reading and checking its files.",
    waitingForDevice: "Waiting for the device to start.",
    noDevice: "Nothing can be loaded until a back end works. Choose one at the device chip above.",
    tryAgain: "Try again",
    add: "Add a model",
    ...enModels,
    hub: enHub,
    fit: enFit,
    addDrop: "Drop a model's folder or zip",
    addOr: "or",
    addChoose: "choose a zip or its files",
    addHelp:
      "BERT, RoBERTa or DistilBERT, or a checkpoint of this studio: config.json, model.safetensors and tokenizer.json, in one zip or folder.",
    figures: {
      parameters: "Parameters",
      bytes: "Weights file",
      layers: "Layers",
      vocabulary: "Vocabulary",
      maxLength: "Longest input",
      pooled: "Pooled size",
      classes: "Classes",
    },
    stored: (dtype: string) => `stored as ${dtype}`,
    pieces: "pieces",
    tokens: "tokens",
    numbers: "numbers a text",
    meanPooled: "mean of the tokens",
    noHead: "none",
    noHeadHelp: "training adds a head",
    tree: {
      title: "Architecture",
      name: "Module",
      shape: "Shape",
      parameters: "Parameters",
      dtype: "Type",
      bytes: "Bytes",
      expand: "Open all",
      collapse: "Close all",
      item: (name: string, parameters: string, bytes: string, sizes: string | null) =>
        `${name}, ${parameters} parameters, ${bytes}${sizes === null ? "" : `, ${sizes}`}`,
    },
    tryIt: {
      title: "Try it",
      label: "Text",
      placeholder: "Type a sentence",
      predict: "Predict",
      working: "Predicting",
      more: (others: number) => `${count(others, "class", "classes")} below these`,
      was: (probability: string) => `was ${probability}`,
    },
    next: "Next: data",
  },
  data: enData,
  kinds: enKinds,
  language: enLanguage,
  training: {
    title: "Training",
    runName: "Run name",
    modeTitle: "What is trained",
    modes: {
      head: {
        name: "Head only",
        kind: "transfer learning",
        help: "The model stays as it is, a new head learns on its outputs. Seconds.",
      },
      last: {
        name: "Last layers",
        kind: "partial fine-tuning",
        help: "The upper layers adjust to your rows, the lower ones stay and are computed once.",
      },
      full: {
        name: "Everything",
        kind: "fine-tuning",
        help: "All weights adjust to your rows. Minutes, and usually the best.",
      },
      scratch: {
        name: "From scratch",
        kind: "for comparison",
        help: "Everything, from random weights: shows what pretraining is worth.",
      },
    },
    trainedLayers: {
      label: "Trained layers",
      help: (layers: number) =>
        layers === 1
          ? "The model has one layer."
          : `Counted from the last of the model's ${formatCount(layers)}. The head is trained too.`,
      limits: (layers: number) =>
        Number.isFinite(layers)
          ? `A whole number from 1 to ${formatCount(layers)}, the layers of this model, please.`
          : "A whole number from 1, please.",
    },
    trains: (parameters: string) => `trains ${parameters} parameters`,
    ...trainingWords,
    batchHelp: (batch: number) => `Rows an update: ${formatCount(batch)}.`,
    needsSteps: (strategy: string) => `Used when ${strategy} is "every few updates".`,
    summary: {
      title: "This run",
      updates: "Updates",
      perEpoch: "Updates an epoch",
      batch: "Rows an update",
      warmup: "Warm-up updates",
      evaluations: "Scorings",
      saves: "Checkpoints written",
      kept: "Kept at the end, at most",
      none: "none",
      all: "all",
      unknown: "Counted as soon as data set and fields can be read.",
    },
    start: "Start training",
    missingTitle: "Before the run can start:",
    comingTitle: "The run starts as soon as this is done:",
    cancelStart: "Do not start",
    closeList: "Close",
    missing: {
      device: "No back end works in this browser.",
      deviceStarting: "The device is still starting.",
      model: "Choose a base model that loads.",
      modelLoading: "The base model is still loading.",
      data: "Choose a data set.",
      dataReading: "The data set is still being read.",
      nothingLearned: (maxLength: string) =>
        `No row has a token to learn within max_length ${maxLength}: raise it, or let the prompts count too.`,
      name: "Give the run a name.",
      fields: "Mend the fields marked red.",
    },
  },
  run: {
    none: "No run yet",
    notBegun: "The run has not begun yet.",
    notBegunHint: "Pause it when its updates go on, or press Stop to take the start back.",
    startTakenBack: "The start was taken back. Nothing was stored.",
    noneWords: "Choose a data set, then start a run on the training page.",
    toData: "Choose a data set",
    toTraining: "To the training page",
    barNone: "No run yet. Pick a sample or drop a file to begin.",
    modes: { head: "head only", last: "last layers", full: "all weights", scratch: "from scratch" },
    phases: {
      idle: "idle",
      preparing: "preparing",
      training: "training",
      evaluating: "scoring",
      paused: "paused",
      completed: "completed",
      stopped: "stopped",
      failed: "failed",
      interrupted: "interrupted",
    },
    facts: (mode: string, rows: number, seed: number, started: string) =>
      `${mode} · ${count(rows, "row", "rows")} · seed ${seed} · started ${started}`,
    factsEarly: (mode: string, seed: number, started: string) =>
      `${mode} · seed ${seed} · started ${started}`,
    step: (step: number, all: number) => `step ${formatCount(step)} of ${formatCount(all)}`,
    left: (duration: string) => `about ${duration} left`,
    fewSeconds: "a few seconds left",
    pause: "Pause",
    resume: "Resume",
    stop: "Stop",
    download: "Download best checkpoint",
    toResults: "To the results",
    newRun: "New run from this one",
    interruptedTitle: "This run was interrupted.",
    interruptedHint: "Everything up to its newest checkpoint is kept. Resume goes on from there.",
    stoppedTitle: "This run was stopped before its end.",
    stoppedHint: "Its checkpoints are kept. Resume goes on from the newest one.",
    keptHint: (checkpoints: number) =>
      `${count(checkpoints, "checkpoint is", "checkpoints are")} kept.`,
    loss: "Loss",
    scoreNames: {
      accuracy: "Accuracy",
      f1: "F1",
      r2: "R²",
      pearson: "Correlation",
      perplexity: "Perplexity",
    },
    alwaysThe: { accuracy: "chance", f1: "most frequent", r2: "mean" },
    learningRate: "Learning rate",
    gradNorm: "Gradient norm",
    training: "training",
    evaluation: "evaluation",
    linear: "linear",
    log: "log",
    scale: "Scale of the loss axis",
    wordCounts: "word counts",
    chance: "chance",
    clip: "clip",
    best: (value: string) => `best ${value}`,
    waiting: "The first values come soon.",
    neverScored: "This run scores nothing: evaluation_strategy is no.",
    chart: (name: string, last: string, points: number) =>
      `${name}: ${count(points, "value", "values")}, the last is ${last}.`,
    logTitle: "Log",
    loggingDir: (dir: string) => `logging_dir: ${dir}`,
    rate: (rows: string, time: string) => `${rows} rows/s · ${time} an update`,
    events: {
      started: (from: number, backend: string) =>
        from === 0
          ? `started on ${backend}`
          : `continues from step ${formatCount(from)} on ${backend}`,
      baselines: (metric: string, chance: string | null, majority: string, words: string) =>
        `baselines (${metric}): ${chance === null ? "" : `chance ${chance}, `}always the same ${majority}, word counts ${words}`,
      epoch: (epoch: string) => `epoch ${epoch} done`,
      saved: (path: string, duration: string) => `saved ${path} in ${duration}`,
      deleted: (path: string) => `deleted ${path} (save_total_limit)`,
      deletedByUser: (path: string) => `deleted ${path} (by you)`,
      bestLoaded: (path: string) => `loaded the best weights from ${path}`,
      summary: (loss: string, runtime: string) => `done: train_loss ${loss}, ${runtime}`,
      results: (name: string, value: string) => `final model scored: ${name} ${value}`,
      ended: (phase: string) => `the run is ${phase}`,
      newBest: "new best",
      noValue: "not a number",
    },
    checkpoints: "Checkpoints",
    outputDir: (dir: string) => `output_dir: ${dir}`,
    noCheckpoints: "None yet.",
    isBest: "best",
    isNewest: "newest",
    keptBest: "kept: the best one",
    keptNewest: "kept: a run resumes from the newest",
    keptBoth: "kept: best and newest",
    keptLimit: (limit: number) => `kept: within save_total_limit ${formatCount(limit)}`,
    keptAll: "kept: save_total_limit is empty, so all are",
    downloadOne: "Download",
    downloadOneName: (path: string) => `Download ${path}`,
    removeOne: "Delete",
    removeOneName: (path: string) => `Delete ${path}`,
    scores: (loss: string, name: string, value: string) => `eval_loss ${loss} · ${name} ${value}`,
    toHistory: "All runs",
    verdict,
  },
  results: enResults,
  performance: enPerformance,
  deviceBenchmark: enDeviceBenchmark,
  playground: enPlayground,
  copying: { copy: "Copy", copied: "Copied" },
  resume: enResume,
  mirror: enMirror,
};
