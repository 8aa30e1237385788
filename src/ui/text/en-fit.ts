// Words of the fit estimate on the model page: the memory formula with its numbers.
import { formatCount } from "../../lib/format.ts";
import { count } from "./count.ts";

const rows = (batch: number, length: number) =>
  `${formatCount(batch)} × ${formatCount(length)} tokens`;

export const enFit = {
  title: "Memory for training it here",
  fits: "fits",
  tooMuch: "too much",
  modes: {
    head: "Head only",
    last: "Last layers",
    full: "Everything",
    scratch: "From scratch",
  },
  parts: {
    weights: "Weights",
    gradients: "Gradients",
    optimizer: "Optimiser",
    working: "Activations",
    logits: "Logits",
    total: "Together",
  },
  weights: (parameters: number) => `4 bytes × ${formatCount(parameters)} parameters`,
  gradients: (trained: number) => `4 bytes × ${formatCount(trained)} trained`,
  optimizer: (optim: string, states: number, trained: number) =>
    `${optim}: ${states} × 4 bytes × ${formatCount(trained)}`,
  kept: (
    batch: number,
    length: number,
    layers: number,
    floats: string,
    scores: string,
    passing: string | null,
  ) =>
    passing === null
      ? `4 bytes × ${rows(batch, length)} × ${count(layers, "layer", "layers")} × (${floats} + ${scores})`
      : `4 bytes × ${rows(batch, length)} × (${count(layers, "layer", "layers")} × (${floats} + ${scores}) + ${passing} in passing)`,
  passing: (batch: number, length: number, floats: string, scores: string) =>
    `4 bytes × ${rows(batch, length)} × (${floats} + ${scores}), one layer at a time`,
  updating: (copies: number, trained: number) =>
    `an update's ${copies} × 4 bytes × ${formatCount(trained)}, more than a batch needs`,
  floats: (hidden: number, width: number, intermediate: number, neurons: number) =>
    `${hidden} × ${formatCount(width)} + ${intermediate} × ${formatCount(neurons)}`,
  scores: (matrices: number, heads: number, length: number) =>
    `${matrices} × ${count(heads, "head", "heads")} × ${formatCount(length)}`,
  heads: (heads: number) => formatCount(heads),
  logits: (batch: number) =>
    `4 bytes × ${formatCount(batch)} × classes: next to nothing, counted with the activations`,
  blocks: (blocks: number, tokens: number, classes: number, copies: number, table: number) =>
    `4 bytes × (${blocks} × ${formatCount(tokens)} tokens × ${formatCount(classes)} of the vocabulary at a time${copies === 0 ? "" : ` + ${copies} × ${formatCount(table)} of the output table`})`,
  again: (
    batch: number,
    length: number,
    layers: number,
    width: number,
    floats: string,
    scores: string,
    passing: string | null,
  ) =>
    `4 bytes × ${rows(batch, length)} × (${count(layers, "layer", "layers")} × ${formatCount(width)} + ${floats} + ${scores}${passing === null ? "" : ` + ${passing} in passing`}), gradient_checkpointing`,
  limit: (limit: string) => `This device grants ${limit}.`,
  noLimit: "The browser does not tell how much memory the graphics device has.",
  form: "With the batch size, the length and the optimiser of the training page.",
  unfitTitle: (name: string) => `${name} was not loaded`,
  unfitWords: (need: string, limit: string, mode: string) =>
    `Training it (${mode}) needs about ${need}, and this device grants ${limit}.`,
  /** The head of a language model is not trained alone. */
  unfitHint: (hasHead: boolean) =>
    `Choose a smaller model, or load it and train ${hasHead ? "the head or fewer layers" : "fewer layers"}, with a smaller batch or shorter texts.`,
  anyway: "Load anyway",
};
