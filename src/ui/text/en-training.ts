// The words of the training form: groups, search, files. Part of en.ts.
import { formatCount } from "../../lib/format.ts";

export const verifyWords = {
  verify: "Verify in Python",
  making: "Computing the first updates",
  why: "A zip with the initial weights, the first 20 updates' batches and a script that replays them on PyTorch alone.",
};

export const trainingWords = {
  sections: {
    length: "How long",
    learning: "How it learns",
    scoring: "Score and save",
    identity: "Seed and folder",
  },
  groups: {
    length: "Length and order",
    optimizer: "Optimiser",
    schedule: "Learning rate schedule",
    regularization: "Regularisation",
    evaluation: "Scoring",
    stopping: "Early stopping",
    logging: "Logging",
    saving: "Saving",
    seeds: "Seeds",
    folders: "Folders",
  },
  more: "All other arguments",
  search: "Search all arguments",
  searchPlaceholder: "name, or what it does",
  found: (count: number) => (count === 0 ? "No argument matches." : `${formatCount(count)} found.`),
  changed: (count: number) => `${formatCount(count)} changed`,
  wrong: (count: number) => `${formatCount(count)} to mend`,
  scheduleOptions: (names: readonly string[]) =>
    names.length === 0 ? "This schedule takes none." : `This one takes ${names.join(", ")}.`,
  files: {
    import: "Import JSON",
    json: "Export JSON",
    python: "Export Python",
    pythonFor: "Names for",
    versions: { old: "transformers 4", new: "transformers 5" },
    imported: (count: number, name: string) =>
      `${count === 1 ? "1 argument" : `${formatCount(count)} arguments`} taken from ${name}.`,
    unread: "Mend the fields marked red first: they cannot be exported.",
  },
};
