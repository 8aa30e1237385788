// English words of resuming, continuing and losing nothing. Merged into the catalogue as `resume`.
import { formatBytes } from "../../lib/format.ts";
import { count } from "./count.ts";

export const enResume = {
  exactly: "Resume exactly",
  exactlyHint:
    "The weights, the optimiser and the log become what they would have been without the interruption.",
  again: "Start again",
  resume: "Resume",
  continue: "Continue",
  notExactly: (differences: string) =>
    `It can go on, but not exactly: ${differences}. The last digits may differ from here on.`,
  changed: "Continue with changes",
  cluster: "Continue on a cluster",
  fromWeights: "New run from these weights",
  goBack: (checkpoint: string, rate: string) => `Go on from ${checkpoint} at rate ${rate}`,
  startLower: (rate: string) => `Start again at rate ${rate}`,
  noneGood:
    "Before the newest kept checkpoints the loss was far above where it began: none is worth going back to.",
  dialog: {
    title: (checkpoint: string) => `Continue from ${checkpoint}`,
    words: "This starts a new run in a folder of its own. The old one stays as it is.",
    kept: "Kept: weights, optimiser state, step count, log, order of the rows, and every setting that is not here.",
    changes:
      "Changed: what you change here, all of it from the next update on. The Trainer would keep the old learning rate and the old logging, scoring and saving steps without a word.",
    labels: { eval_steps: "Score every", save_steps: "Save every" },
    cancel: "Cancel",
    start: "Continue",
  },
  storageFull: {
    title: (step: number) => `There is no room for checkpoint-${step}, so training waits.`,
    hint: (bytes: number, kept: string) =>
      `Free at least ${formatBytes(bytes)}: delete old runs or files, then press Resume. ${kept}`,
    kept: (path: string) => `${path} is safe.`,
    toFiles: "To the files",
    resume: "Resume",
  },
  best: {
    title: (metric: string, step: number) =>
      `The best score so far, ${metric}, is of step ${step}, and no checkpoint is saved there.`,
    hint: "Its weights are gone once training goes on. Save at each new best to keep the next one; the Trainer has no such setting.",
    gone: "Its weights are gone. Next time save as often as you evaluate, or set save_strategy to best.",
    save: "Save each new best",
    saving: "Each new best is saved from here on.",
  },
  device: {
    twice: "The graphics device was lost a second time: the run waits.",
    gone: "The graphics device was lost and does not come back: the run waits.",
    hint: "Its checkpoints are safe. Restart the browser, or choose WebAssembly above, then resume.",
  },
  lost: {
    message: (runs: number, last: string, date: string) =>
      `This browser's storage was cleared: ${runs === 1 ? "a run is" : `${runs} runs are`} gone, the newest ${last}, last seen ${date}.`,
    hint: "Browsers clear a site's data when it is asked for, when the disk runs low, or in private windows. Exported zips can be brought back on the History page.",
  },
  newer: {
    message: (names: string) => `Written by a newer version of the studio: ${names}.`,
    hint: "Reload the page to get that version. Here these runs can be looked at and exported; nothing of them is changed or deleted.",
    show: "Look at them",
    title: "Written by a newer version",
    mark: "read only",
    columns: { name: "Run", folder: "Folder" },
    record: "Record",
    files: "Files",
    filesName: (run: string) => `Files of ${run}`,
    export: "Export",
    exportName: (run: string) => `Export ${run} as a zip`,
    file: "written by another version",
  },
  elsewhere: {
    short: "in another tab",
    title: "Another tab trains this run. This one watches.",
    hint: "Pause and stop it there. If that tab closes or crashes, this one goes on with the run.",
  },
  tookOver: (run: string) => `The other tab is gone: this one goes on with ${run}.`,
  imported: {
    title: (path: string, step: number, of: number) =>
      `The next run continues from ${path}: step ${step} of ${of}.`,
    hint: "Choose the rows that it was trained on, and check the settings: its files name only some of them.",
    forget: "Start anew instead",
  },
  events: {
    bestNotSaved: (step: number, metric: string) =>
      `The best score so far, ${metric}, is of step ${step}, which is not saved.`,
    historyTaken: (rows: number) =>
      `keeps the ${count(rows, "log row", "log rows")} of the run before`,
    savingNewBest: "From here on each new best is saved.",
    storageFull: (step: number, bytes: number) =>
      `No room for checkpoint-${step}: it needs ${formatBytes(bytes)}. Training waits.`,
  },
};
