// How much memory a run takes, part by part, before it starts. The activations' constants were measured on the studio's own
// training step (tests/unit/config/run-memory.test.ts holds them to it); everything else is counted.
import type { TrainingArguments } from "./training-arguments.ts";

/** What the estimate needs to know of a model and of what is trained of it. */
export interface MemorySubject {
  readonly allParameters: number;
  readonly trainedParameters: number;
  /** Widths of the layers through which gradients flow, none where only the head is trained. */
  readonly trainedLayers: readonly LayerWidths[];
  /** Widths of the layers below: their outputs are computed batch by batch and not kept for the way back. */
  readonly frozenLayers: readonly LayerWidths[];
  readonly vocabularySize: number;
}

interface LayerWidths {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
}

export interface MemoryEstimate {
  readonly weights: number;
  readonly gradients: number;
  readonly optimizer: number;
  /** Activations kept for the way back, or what an update needs for a moment, whichever is more. */
  readonly working: number;
  readonly total: number;
  /** The largest single tensor: a graphics device must take it as one buffer. */
  readonly largest: number;
}

const floatBytes = 4;

/** Arrays as large as the weights that each optimiser keeps beside them. */
const optimizerStates: Record<TrainingArguments["optim"], number> = {
  adamw_torch: 2,
  rmsprop: 1,
  adagrad: 1,
  sgd: 0,
  // Row and column means instead of the whole: next to nothing.
  adafactor: 0.01,
};

/** Floats a token that a trained layer keeps for the way back: so many of its width, so many of its feed-forward width. */
const keptOfHidden = 36;
const keptOfIntermediate = 10;
/** Score matrices of the attention that exist at once, each heads * length * length a text. */
const scoreMatrices = 7;
/** Arrays as large as the trained weights that an update needs for a moment: squares for the norm, new moments. */
const updateCopies = 4;

/** Bytes of each part. `length` is the padded length of a batch in tokens. */
export function estimateRunMemory(
  subject: MemorySubject,
  args: TrainingArguments,
  length: number,
): MemoryEstimate {
  const { allParameters, trainedParameters, trainedLayers, frozenLayers } = subject;
  const tokens = args.per_device_train_batch_size * length;
  const evaluationTokens = args.per_device_eval_batch_size * length;
  const ofLayer = (layer: LayerWidths, rows: number) =>
    rows * (keptOfHidden * layer.hiddenSize + keptOfIntermediate * layer.intermediateSize) +
    scoreMatrices * layer.heads * rows * length;
  const kept = trainedLayers.reduce((sum, layer) => sum + ofLayer(layer, tokens), 0);
  // Without gradients only one layer exists at a time.
  const passing = [...trainedLayers, ...frozenLayers].reduce(
    (most, layer) => Math.max(most, ofLayer(layer, evaluationTokens) / 2),
    0,
  );
  // With accumulation the sum of the gradients and the newest ones exist together.
  const sum = args.gradient_accumulation_steps > 1 ? trainedParameters : 0;
  const weights = allParameters * floatBytes;
  const gradients = trainedParameters * floatBytes;
  const optimizer = optimizerStates[args.optim] * trainedParameters * floatBytes;
  const working = Math.max(kept + sum, passing, updateCopies * trainedParameters) * floatBytes;
  return {
    weights,
    gradients,
    optimizer,
    working,
    total: weights + gradients + optimizer + working,
    largest: largestTensor(subject, Math.max(tokens, evaluationTokens), length),
  };
}

function largestTensor(subject: MemorySubject, tokens: number, length: number): number {
  const layers = [...subject.trainedLayers, ...subject.frozenLayers];
  const widest = layers.map(({ hiddenSize, intermediateSize, heads }) =>
    Math.max(3 * hiddenSize * tokens, intermediateSize * tokens, heads * tokens * length),
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
  length: number,
  limits: MemoryLimits,
): Partial<TrainingArguments> | null {
  const rows = args.per_device_train_batch_size * args.gradient_accumulation_steps;
  for (let kept = length; kept >= 8; kept = Math.floor(kept / 2)) {
    for (let size = args.per_device_train_batch_size; size >= 1; size = Math.floor(size / 2)) {
      const change = {
        per_device_train_batch_size: size,
        per_device_eval_batch_size: Math.min(args.per_device_eval_batch_size, size),
        gradient_accumulation_steps: Math.max(1, Math.round(rows / size)),
      };
      const smaller = estimateRunMemory(subject, { ...args, ...change }, kept);
      if (!checkFit(smaller, limits).fits) continue;
      return kept === length ? change : { ...change, max_length: kept };
    }
  }
  return null;
}
