// How much memory a run takes, part by part, before it starts: the training page shows it, and a start that cannot fit is
// refused by it. The activations' constants were measured on the studio's own training step
// (tests/unit/config/run-memory.test.ts holds them to it); everything else is counted.

import { blockSize } from "./loss-block.ts";
import type { ModelSummary } from "./model-summary.ts";
import type { TrainingMode } from "./run-record.ts";
import { allParameters, type HeadKind, trainedParameters } from "./trained-parameters.ts";
import type { TrainingArguments } from "./training-arguments.ts";

/** What WebAssembly can address: tfjs's heap, in which every tensor lies, never grows beyond it. */
export const wasmHeapLimit = 4 * 1024 ** 3;

/** What the estimate needs to know of a model and of what is trained of it. */
export interface MemorySubject {
  readonly allParameters: number;
  readonly trainedParameters: number;
  /** Widths of the layers through which gradients flow, none where only the head is trained. */
  readonly trainedLayers: readonly LayerWidths[];
  /** Widths of the layers below: their outputs are computed batch by batch and not kept for the way back. */
  readonly frozenLayers: readonly LayerWidths[];
  readonly vocabularySize: number;
  /** Of a language model: whether the input's table is the output's too. null for a classifier. */
  readonly language: { readonly isTied: boolean; readonly isTrained: boolean } | null;
}

/**
 * Who computes. Our own kernels on the processor keep little for the way back and work on rows without padding; on a GPU their rows
 * are padded, and a step exists twice while it is recorded and compared; composites of tfjs's operations keep more.
 */
export type ComputeStyle = "kernels" | "gpu" | "composites";

export const styleOf = (backend: string): ComputeStyle =>
  backend === "wasm" ? "kernels" : backend === "webgpu" ? "gpu" : "composites";

/** What a mode trains of a model. Gradients flow through the layers from the lowest trained one up. */
export function memorySubject(
  model: Pick<ModelSummary, "layers" | "counts" | "vocabularySize">,
  mode: TrainingMode,
  numTrainableLayers: number,
  head: HeadKind,
): MemorySubject {
  const all = model.layers.length;
  const trained = { head: 0, last: numTrainableLayers, full: all, scratch: all }[mode];
  const border = Math.max(0, all - trained);
  return {
    allParameters: allParameters(model, head),
    trainedParameters: trainedParameters(mode, model, head, numTrainableLayers) ?? 0,
    trainedLayers: model.layers.slice(border),
    frozenLayers: model.layers.slice(0, border),
    vocabularySize: model.vocabularySize,
    language:
      head === "language"
        ? {
            isTied: model.counts.languageHead === 0,
            isTrained: model.counts.languageHead !== 0 || border === 0,
          }
        : null,
  };
}

interface LayerWidths {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  readonly attentionSize?: number;
  readonly keySize?: number;
  readonly isGated?: boolean;
}

/** Half of the vectors that a layer keeps are as wide as its hidden state, half as wide as its heads together. */
export const meanWidth = ({ hiddenSize, attentionSize, keySize }: LayerWidths): number =>
  (hiddenSize + ((attentionSize ?? hiddenSize) + (keySize ?? hiddenSize)) / 2) / 2;

export interface MemoryEstimate {
  readonly weights: number;
  readonly gradients: number;
  readonly optimizer: number;
  /** Activations kept for the way back, or what an update needs for a moment, whichever is more. */
  readonly working: number;
  /** A language model's logits, a block of the vocabulary at a time, and what its tables need beside their gradients. */
  readonly logits: number;
  readonly total: number;
  /** The largest single tensor: a graphics device must take it as one buffer. */
  readonly largest: number;
}

const floatBytes = 4;

/** Rows of a classifier whose frozen layers are computed at once, before the first update. */
export const frozenRowsAtOnce = 32;

/** Arrays as large as the weights that each optimiser keeps beside them. */
export const optimizerStates: Record<TrainingArguments["optim"], number> = {
  adamw_torch: 2,
  rmsprop: 1,
  adagrad: 1,
  sgd: 0,
  // Row and column means instead of the whole: next to nothing.
  adafactor: 0.01,
};

interface PassingConstants {
  readonly ofHidden: number;
  readonly ofIntermediate: number;
}

interface StyleConstants {
  /** Floats a token that a trained layer keeps for the way back: so many of its width, its feed-forward width, its heads. */
  readonly ofHidden: number;
  readonly ofIntermediate: number;
  readonly ofHeads: number;
  /** The same of what is alive in passing, beside a layer that is trained, and where none is. */
  readonly passing: PassingConstants;
  readonly frozen: PassingConstants;
  /** A network with a gate keeps so many times as much. */
  readonly ofGate: number;
  /** Score matrices of the attention that exist at once, each heads * length * length a text. */
  readonly scores: number;
  /** Arrays as large as the trained weights that an update needs for a moment: squares for the norm, new moments. */
  readonly updateCopies: number;
  /** Blocks of a language model's logits that exist at once. */
  readonly logitBlocks: number;
  /** Arrays as large as the trained output table that its gradient needs for a moment. */
  readonly tableCopies: number;
}

/**
 * Of the kernels, each layer keeps eight vectors of its width (two norms, the projections, attention, two residuals), its
 * feed-forward network's values before and after the activation (and its gate's where it has one), and a number a head.
 */
export const layerConstants: Record<ComputeStyle, StyleConstants> = {
  kernels: {
    ...{ ofHidden: 8, ofIntermediate: 2, ofHeads: 1, scores: 0, updateCopies: 0.5 },
    // What is alive in passing is as much again as the widest layer.
    passing: { ofHidden: 8, ofIntermediate: 2 },
    frozen: { ofHidden: 8, ofIntermediate: 2 },
    ...{ logitBlocks: 1, tableCopies: 0, ofGate: 1.5 },
  },
  // Counted buffers (tests/gpu/memory.test.ts): the plan's and those of the step that it is compared with. Its update works in
  // place; while parameters and moments move to their places they exist twice.
  gpu: {
    ...{ ofHidden: 16, ofIntermediate: 2, ofHeads: 4, scores: 0, updateCopies: 3 },
    passing: { ofHidden: 22, ofIntermediate: 2 },
    frozen: { ofHidden: 30, ofIntermediate: 2.5 },
    ...{ logitBlocks: 2, tableCopies: 1, ofGate: 2 },
  },
  composites: {
    ...{ ofHidden: 28, ofIntermediate: 8, ofHeads: 0, scores: 6, updateCopies: 4 },
    passing: { ofHidden: 0, ofIntermediate: 0 },
    frozen: { ofHidden: 28, ofIntermediate: 8 },
    ...{ logitBlocks: 3, tableCopies: 3, ofGate: 1.5 },
  },
};

/** Multiples of the network's width that a layer keeps, or that are alive in passing. */
export const keptNetworks = (
  { isGated }: LayerWidths,
  style: ComputeStyle,
  { ofIntermediate }: PassingConstants = layerConstants[style],
): number => ofIntermediate * (isGated === true ? layerConstants[style].ofGate : 1);

/** Tokens of the longest rows, the longest first; the last one stands for all others. */
type LongestRows = readonly number[];

/** How long the longest rows are once `max_length` has cut them, and how many tokens the largest batch has. */
function largestBatch(
  longest: LongestRows,
  { max_length }: TrainingArguments,
  rows: number,
  style: ComputeStyle,
) {
  const lengthOf = (row: number) =>
    Math.min(max_length, longest[Math.min(row, longest.length - 1)] ?? max_length);
  const length = Math.max(1, lengthOf(0));
  if (style !== "kernels") return { length, tokens: rows * length };
  const known = Math.min(rows, longest.length);
  const sum = Array.from({ length: known }, (_, row) => lengthOf(row)).reduce((a, b) => a + b, 0);
  return { length, tokens: Math.max(1, sum + (rows - known) * lengthOf(known)) };
}

/** Bytes of each part. */
export function estimateRunMemory(
  subject: MemorySubject,
  args: TrainingArguments,
  longest: LongestRows,
  style: ComputeStyle,
): MemoryEstimate {
  const { allParameters, trainedParameters, trainedLayers, frozenLayers } = subject;
  const own = layerConstants[style];
  const { ofHeads, scores, updateCopies } = own;
  const batch = largestBatch(longest, args, args.per_device_train_batch_size, style);
  const scored = largestBatch(longest, args, args.per_device_eval_batch_size, style);
  const vectors = (layer: LayerWidths, constants: PassingConstants) =>
    constants.ofHidden * meanWidth(layer) +
    keptNetworks(layer, style, constants) * layer.intermediateSize;
  const ofLayer = (layer: LayerWidths, { tokens, length }: typeof batch, constants = own) =>
    tokens * (vectors(layer, constants) + (ofHeads + scores * length) * layer.heads);
  const widest = (layers: readonly LayerWidths[], of: (layer: LayerWidths) => number) =>
    layers.reduce((most, layer) => Math.max(most, of(layer)), 0);
  const keptOf = (layer: LayerWidths) =>
    args.gradient_checkpointing ? batch.tokens * layer.hiddenSize : ofLayer(layer, batch);
  const again = args.gradient_checkpointing
    ? widest(trainedLayers, (layer) => ofLayer(layer, batch))
    : 0;
  const kept =
    trainedLayers.reduce((sum, layer) => sum + keptOf(layer), again) +
    widest(trainedLayers, (layer) => batch.tokens * vectors(layer, own.passing));
  // Without gradients only one layer exists at a time.
  const inPassing = (layers: readonly LayerWidths[], of: typeof batch) =>
    widest(layers, (layer) => ofLayer(layer, of, { ...own, ...own.frozen }));
  const passing = Math.max(
    inPassing([...trainedLayers, ...frozenLayers], scored),
    subject.language === null
      ? inPassing(frozenLayers, largestBatch(longest, args, frozenRowsAtOnce, style))
      : 0,
  );
  // With accumulation the sum of the gradients and the newest ones exist together; a GPU adds them in their places.
  const sum = args.gradient_accumulation_steps > 1 && style !== "gpu" ? trainedParameters : 0;
  const weights = allParameters * floatBytes;
  const gradients = trainedParameters * floatBytes;
  const optimizer = optimizerStates[args.optim] * trainedParameters * floatBytes;
  const working = Math.max(kept + sum, passing, updateCopies * trainedParameters) * floatBytes;
  const logits = logitFloats(subject, Math.max(batch.tokens, scored.tokens), style) * floatBytes;
  return {
    ...{ weights, gradients, optimizer, working, logits },
    total: weights + gradients + optimizer + working + logits,
    largest: largestTensor(subject, Math.max(batch.tokens, scored.tokens), style, batch.length),
  };
}

/** The blocks of logits, and copies of the tables: a tied one has two gradients and their sum. */
function logitFloats(subject: MemorySubject, tokens: number, style: ComputeStyle): number {
  const { language, vocabularySize, trainedLayers, frozenLayers } = subject;
  if (language === null) return 0;
  const { logitBlocks } = layerConstants[style];
  const width = (trainedLayers[0] ?? frozenLayers[0])?.hiddenSize ?? 0;
  const tables = tableCopies(language, style) * vocabularySize * width;
  // The products are taken of all rows whose next token counts: at most all of a batch.
  return logitBlocks * tokens * blockSize(tokens, vocabularySize) + tables;
}

/** Arrays as large as the output table beside its weights and its gradient. One that is not trained has a gradient that nobody asked for. */
export function tableCopies(
  { isTied, isTrained }: NonNullable<MemorySubject["language"]>,
  style: ComputeStyle,
): number {
  if (!isTrained) return 1;
  return Math.max(layerConstants[style].tableCopies, isTied ? 2 : 0);
}

function largestTensor(
  subject: MemorySubject,
  tokens: number,
  style: ComputeStyle,
  length: number,
): number {
  const layers = [...subject.trainedLayers, ...subject.frozenLayers];
  const widest = layers.map(({ hiddenSize, intermediateSize, heads }) =>
    Math.max(
      3 * hiddenSize * tokens,
      intermediateSize * tokens,
      style === "composites" ? heads * tokens * length : 0,
    ),
  );
  const table = subject.vocabularySize * (layers[0]?.hiddenSize ?? 0);
  return floatBytes * Math.max(table, ...widest);
}

/** What a device grants. null: the browser does not tell. */
export interface MemoryLimits {
  /** All tensors together, in bytes. */
  readonly total: number | null;
  /** One tensor, in bytes. */
  readonly largest: number | null;
}

export type Fit =
  | { readonly fits: true }
  | { readonly fits: false; readonly because: "total" | "largest"; readonly limit: number };

/** Whether a run fits into what the device grants. */
export function checkFit(estimate: MemoryEstimate, limits: MemoryLimits): Fit {
  const { total, largest } = limits;
  if (largest !== null && estimate.largest > largest)
    return { fits: false, because: "largest", limit: largest };
  if (total !== null && estimate.total > total)
    return { fits: false, because: "total", limit: total };
  return { fits: true };
}

/** A change of arguments that makes a run fit: a smaller batch with accumulation for the same update, or shorter texts too. */
export function findFit(
  subject: MemorySubject,
  args: TrainingArguments,
  longest: LongestRows,
  style: ComputeStyle,
  limits: MemoryLimits,
): Partial<TrainingArguments> | null {
  const rows = args.per_device_train_batch_size * args.gradient_accumulation_steps;
  const whole = Math.min(args.max_length, longest[0] ?? args.max_length);
  for (let kept = whole; kept >= 8; kept = Math.floor(kept / 2)) {
    for (let size = args.per_device_train_batch_size; size >= 1; size = Math.floor(size / 2)) {
      const change = {
        per_device_train_batch_size: size,
        per_device_eval_batch_size: Math.min(args.per_device_eval_batch_size, size),
        gradient_accumulation_steps: Math.max(1, Math.round(rows / size)),
      };
      const asked = { ...args, ...change, max_length: kept };
      const smaller = estimateRunMemory(subject, asked, longest, style);
      if (!checkFit(smaller, limits).fits) continue;
      return kept === whole ? change : { ...change, max_length: kept };
    }
  }
  return null;
}
