// Words of what is stored: the History and Files pages, undo, erasing everything.
import { formatCount } from "../../lib/format.ts";
import { count } from "./count.ts";

export const enUndo = {
  deleted: (name: string) => `Deleted ${name}.`,
  undo: "Undo",
  undoName: (name: string) => `Undo: bring ${name} back`,
};

export const enHistory = {
  title: "History",
  total: (runs: number) => `${count(runs, "run", "runs")} in this browser`,
  none: "No runs yet",
  noneWords: "Every run that you start is kept here, with its curves, checkpoints and results.",
  import: "Import a run",
  importHelp: "A zip that this page exported, from this browser or another.",
  columns: {
    compare: "Compare",
    name: "Run",
    started: "Started",
    trained: "Trains",
    updates: "Updates",
    phase: "State",
    score: "Score",
  },
  shown: "shown",
  show: "Show",
  showName: (name: string) => `Show ${name}`,
  rename: "Rename",
  renameName: (name: string) => `Rename ${name}`,
  newName: (name: string) => `New name of ${name}`,
  export: "Export",
  exportName: (name: string) => `Export ${name} as a zip`,
  remove: "Delete",
  removeName: (name: string) => `Delete ${name}`,
  compareName: (name: string) => `Compare ${name}`,
  exportHelp:
    "An exported run holds its checkpoints, logs, results, data set and added model: all that it takes to go on elsewhere.",
  compareHint: "Tick two runs to compare them.",
  compare: {
    title: "Two runs compared",
    loading: "Reading the runs",
    summary: (a: string, b: string) => `Curves of ${a} and ${b}, one over the other.`,
    score: "Score, final model",
    trainLoss: "Training loss, mean",
    time: "Time",
    same: "Their settings are the same.",
  },
};

export const enFiles = {
  title: "Files",
  total: (files: number, size: string) =>
    `${count(files, "file", "files")}, ${size} when downloaded. Parts that files have in common, such as frozen weights, are stored once.`,
  none: "Nothing is stored yet",
  noneWords:
    "Data sets, models, and the output_dir and logging_dir of each run appear here as folders.",
  tree: "Folders and files",
  loading: "Reading the storage",
  folder: (name: string, size: string) => `Folder ${name}, ${size}`,
  file: (name: string, size: string) => `File ${name}, ${size}`,
  outputDir: (run: string) => `output_dir of ${run}`,
  loggingDir: (run: string) => `logging_dir of ${run}`,
  dataset: (name: string) => `data set ${name}`,
  datasets: "data sets, as they were read",
  models: "models that you added",
  downloads: "models on their way from the Hub",
  choose: "Choose a file to look into it.",
  folderWords: (files: number) => `${count(files, "file", "files")} in this folder.`,
  download: "Download",
  downloadAll: "Download all",
  refresh: "Read again",
  isCut: (characters: number) => `The first ${formatCount(characters)} characters are shown.`,
  binary: "There is no preview of this kind of file.",
  tensorboard: "For TensorBoard: download the folder, then run tensorboard --logdir on it.",
  tensors: (tensors: number) => `${count(tensors, "tensor", "tensors")} in the header`,
  tensorColumns: { name: "Tensor", dtype: "Type", shape: "Shape", bytes: "Bytes" },
  scalar: "scalar",
  erase: {
    title: "Erase everything",
    words:
      "For a shared machine: deletes every run, checkpoint, model, data set and setting that the studio keeps in this browser. This cannot be undone.",
    button: "Erase everything",
    confirmTitle: "Erase everything?",
    confirmWords: (runs: number, size: string) =>
      `${count(runs, "run", "runs")} and ${size} of files are deleted. Downloaded files stay where they are. This cannot be undone.`,
    confirm: "Erase it all",
    cancel: "Cancel",
  },
};
