// What leaves the frozen part of a classifier, as plain numbers a text, so that it is computed once and read in every epoch.
import type * as tf from "@tensorflow/tfjs-core";
import type { TokenBatch } from "../data/collate.ts";
import { stepInput } from "../engine/capture/step-inputs.ts";
import type { FrozenPart } from "../models/forward.ts";
import { type Classifier, frozenOutput, packedPositions } from "./classifier.ts";

type Frozen = Exclude<FrozenPart, "nothing">;

/** Each text's part: its pooled vector where the whole base is frozen, else the hidden states of its tokens, one after the other. */
export async function readFrozenOutputs(
  classifier: Classifier,
  batch: TokenBatch,
  frozen: Frozen,
): Promise<Float32Array[]> {
  const output = frozenOutput(classifier, batch, frozen);
  const values = (await output.data()) as Float32Array;
  const [, width] = output.shape;
  output.dispose();
  return placesOf(batch, frozen).map(({ row, rows }) =>
    values.slice(row * width, (row + rows) * width),
  );
}

/** The same numbers as the tensor that left the frozen part, and the tensor: padding, where it is computed at all, is zeros. */
export function frozenValues(
  texts: readonly Float32Array[],
  batch: TokenBatch,
  frozen: Frozen,
): { values: Float32Array; tensor(): tf.Tensor2D } {
  const places = placesOf(batch, frozen);
  const width =
    texts.reduce((sum, { length }) => sum + length, 0) / sum(places.map(({ rows }) => rows));
  const rows = isPadded(batch, frozen)
    ? batch.batchSize * batch.length
    : sum(places.map((place) => place.rows));
  const values = new Float32Array(rows * width);
  texts.forEach((text, index) => {
    values.set(text, (places[index]?.row ?? 0) * width);
  });
  return { values, tensor: () => stepInput<tf.Rank.R2>(values, [rows, width]) };
}

/** First row and number of rows of each text in the tensor. */
function placesOf(batch: TokenBatch, frozen: Frozen): { row: number; rows: number }[] {
  const padded = isPadded(batch, frozen);
  let next = 0;
  return Array.from({ length: batch.batchSize }, (_, text) => {
    const mask = batch.attentionMask.subarray(text * batch.length, (text + 1) * batch.length);
    const rows = frozen === "base" ? 1 : sum([...mask]);
    const row = padded ? text * batch.length : next;
    next += rows;
    return { row, rows };
  });
}

const isPadded = (batch: TokenBatch, frozen: Frozen): boolean =>
  frozen !== "base" && packedPositions(batch.attentionMask) === undefined;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
