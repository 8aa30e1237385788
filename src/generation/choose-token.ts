// The next token from its logits: transformers' logits processors in its order, then the likeliest token or a random one.
// Plain numbers, no tensors. See `_get_logits_processor` in transformers/generation/utils.py.
import type { GenerationConfig } from "../config/generation.ts";

type Settings = Pick<
  GenerationConfig,
  "do_sample" | "temperature" | "top_k" | "top_p" | "repetition_penalty"
>;

/** A token and how likely it is among those that are left. */
interface Candidate {
  readonly id: number;
  readonly probability: number;
}

/**
 * Chooses a token id.
 * @param logits float32 `[vocabulary]`; it is changed.
 * @param seen ids of the text so far, with its prompt. Doubles count once.
 * @param random gives a number from 0 to below 1; it is asked once for each token that is drawn.
 */
export function chooseToken(
  logits: Float32Array,
  seen: Iterable<number>,
  settings: Settings,
  random: () => number,
): number {
  penalizeRepetition(logits, seen, settings.repetition_penalty);
  if (!settings.do_sample) return likeliest(logits);
  return draw(listCandidates(logits, settings), random());
}

/** RepetitionPenaltyLogitsProcessor: each id that occurs is punished once. */
function penalizeRepetition(logits: Float32Array, seen: Iterable<number>, penalty: number): void {
  if (penalty === 1) return;
  for (const id of new Set(seen)) {
    const logit = logits[id] as number;
    logits[id] = logit < 0 ? logit * penalty : logit / penalty;
  }
}

/** The first of the highest logits, as torch.argmax takes it. */
function likeliest(logits: Float32Array): number {
  let best = 0;
  let highest = -Infinity;
  logits.forEach((logit, id) => {
    if (logit <= highest) return;
    highest = logit;
    best = id;
  });
  return best;
}

/** What temperature, top_k and top_p leave, in that order. Probabilities add up to 1. */
export function listCandidates(logits: Float32Array, settings: Settings): Candidate[] {
  const { temperature, top_k, top_p } = settings;
  // Equal ones at the limit all stay, as in TopKLogitsWarper.
  const limit = top_k > 0 && top_k < logits.length ? kthHighest(logits, top_k) : -Infinity;
  const highest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const weightOf = (logit: number) => Math.exp((logit - highest) / temperature);
  let total = 0;
  let count = 0;
  for (const logit of logits) {
    if (logit < limit) continue;
    total += weightOf(logit);
    count += 1;
  }
  // Together those below have less than 1 - top_p: they fall out anyway, and need not be sorted.
  const floor = top_p < 1 ? (1 - top_p) / count : 0;
  const candidates: Candidate[] = [];
  logits.forEach((logit, id) => {
    if (logit < limit) return;
    const probability = weightOf(logit) / total;
    if (probability >= floor || logit === highest) candidates.push({ id, probability });
  });
  return top_p < 1 ? nucleus(candidates, top_p) : candidates;
}

/** TopPLogitsWarper: a token stays while those likelier than it have less than `share` together; the likeliest always does. */
function nucleus(candidates: Candidate[], share: number): Candidate[] {
  candidates.sort((a, b) => b.probability - a.probability || a.id - b.id);
  let mass = 0;
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    if (kept.length > 0 && mass >= share) break;
    kept.push(candidate);
    mass += candidate.probability;
  }
  return kept.map(({ id, probability }) => ({ id, probability: probability / mass }));
}

/** Walks through the candidates until `place`, from 0 to below 1, is reached. */
function draw(candidates: readonly Candidate[], place: number): number {
  let mass = 0;
  for (const { id, probability } of candidates) {
    mass += probability;
    if (place < mass) return id;
  }
  // Rounding may leave the sum a little below 1.
  return candidates.at(-1)?.id ?? 0;
}

/** The k-th highest value: one pass with a sorted list of the k highest so far, which few values change. */
function kthHighest(values: Float32Array, k: number): number {
  // The lowest stands first.
  const kept = Array.from(values.subarray(0, k)).sort((a, b) => a - b);
  for (let at = k; at < values.length; at += 1) {
    const value = values[at] as number;
    if (value <= (kept[0] as number)) continue;
    let place = 0;
    while (place + 1 < k && (kept[place + 1] as number) < value) {
      kept[place] = kept[place + 1] as number;
      place += 1;
    }
    kept[place] = value;
  }
  return kept[0] ?? -Infinity;
}
