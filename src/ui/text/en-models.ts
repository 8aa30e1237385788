// Words of the models panel: stored models, what a file left out, the widths of layers.
import { formatCount } from "../../lib/format.ts";
import { count } from "./count.ts";

/** At most this many tensors are named. */
const mostNamed = 6;

const listNames = (names: readonly string[]) => {
  const more = names.length - mostNamed;
  const named = names.slice(0, mostNamed).join(", ");
  return more > 0 ? `${named} and ${formatCount(more)} more` : named;
};

export const enModels = {
  library: {
    title: "Models",
    total: (models: number) => count(models, "model", "models"),
    embedded: "comes with the studio",
    inUse: "chosen",
    use: "Choose",
    chooseName: (name: string) => `Choose ${name}`,
    remove: "Delete",
    removeName: (name: string) => `Delete ${name}`,
    fromHub: (revision: string, commit: string) => `from the Hub, ${revision}, ${commit}`,
    lastUsed: (when: string) => `last used ${when}`,
    usedBy: (runs: number) =>
      `${count(runs, "run starts", "runs start")} from it. Without it they cannot be resumed; their checkpoints stay.`,
  },
  which: {
    title: (folder: string, checkpoints: number) =>
      `${folder} holds ${formatCount(checkpoints)} checkpoints: which one?`,
    help: "It becomes a base model, and the next run can go on from it.",
    none: "None of them",
  },
  file: {
    title: "About its file",
    noTokenizer:
      "It has no tokenizer.json: rows of token ids can be trained on, but no texts. Drop its folder again with a tokenizer.json in it to change that.",
    drawn: (names: readonly string[]) =>
      `${count(names.length, "parameter is", "parameters are")} not in the file. Each run draws ${names.length === 1 ? "it" : "them"} from its seed: ${listNames(names)}.`,
    ignored: (names: readonly string[]) =>
      `${count(names.length, "tensor", "tensors")} of the file ${names.length === 1 ? "is" : "are"} not part of a text classifier and left alone: ${listNames(names)}.`,
  },
  layerSizes: (width: number, neurons: number, heads: number) =>
    `${formatCount(width)} wide, ${formatCount(neurons)} neurons, ${count(heads, "head", "heads")}`,
};
