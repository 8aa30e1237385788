// How far a golden decoder's logits, hidden states, loss and gradients are from PyTorch's, for tests on every back end.
import * as tf from "@tensorflow/tfjs-core";
import { collateLanguage, type LanguageBatch } from "../../../src/data/collate-language.ts";
import { runLayers } from "../../../src/models/forward.ts";
import { createKeyValueCache } from "../../../src/models/key-value-cache.ts";
import { toRows } from "../../../src/models/rows.ts";
import {
  type LanguageModel,
  languageLogits,
  languageLoss,
  predictingStates,
} from "../../../src/trainer/language-model.ts";
import {
  type Golden,
  type GoldenErrors,
  type GoldenRow,
  gradientErrors,
  inputsOf,
  largestDifference,
  read,
  toVariables,
} from "./golden-model.ts";

/** Runs the golden batch forward and backward. Padding is left out where the back end leaves it out. */
export async function measureLanguage(golden: Golden): Promise<GoldenErrors> {
  const parameters = toVariables(golden);
  const model = modelOf(golden, parameters);
  const states = hiddenStates(golden, model);
  const logits = tf.tidy(() => languageLogits(model, states.at(-1) as tf.Tensor2D));
  const batch = toLanguageBatch(golden.rows);
  const { value, grads } = tf.variableGrads(
    () =>
      tf.tidy(() => {
        const sums = languageLoss(model, predictingStates(model, batch), batch.targets);
        return sums.slice([0], [1]).div(batch.targets.length).asScalar();
      }),
    [...parameters.values()],
  );
  const gradients = await gradientErrors(golden, parameters, grads);
  const [loss = Number.NaN] = await read(value);
  const atTokens = tokenDifference(golden.rows);
  const logitsError = atTokens(await read(logits), golden.forward.get("logits")?.data);
  const stateErrors: number[] = [];
  for (const [index, state] of states.entries()) {
    const wanted = golden.forward.get(`hidden_states.${index}`)?.data;
    const own = await read(state);
    // The variants have logits alone.
    if (wanted !== undefined) stateErrors.push(atTokens(own, wanted));
  }
  tf.dispose([...parameters.values()]);
  return {
    logits: logitsError,
    hiddenStates: Math.max(0, ...stateErrors),
    loss: Math.abs(loss - golden.expected.loss),
    ...gradients,
  };
}

/** Largest difference where there are tokens: what a window of a padded position sees is nobody's business. */
function tokenDifference(rows: readonly GoldenRow[]) {
  const mask = rows.flatMap((row) => row.attention_mask);
  return (actual: Float32Array, expected: Float32Array | undefined) => {
    const width = actual.length / mask.length;
    const kept = (x: Float32Array) => x.filter((_, i) => mask[Math.floor(i / width)] === 1);
    return largestDifference(kept(actual), expected && kept(expected));
  };
}

/** Largest difference between the logits of one text at once and in parts, each with the cache of those before. */
export async function measureCache(golden: Golden, parts: readonly number[]): Promise<number> {
  const parameters = toVariables(golden);
  const model = modelOf(golden, parameters);
  const length = parts.reduce((sum, part) => sum + part, 0);
  const ids = golden.rows.slice(0, 2).map(({ input_ids }) => input_ids.slice(0, length));
  const run = (from: number, count: number, past?: ReturnType<typeof createKeyValueCache>) =>
    tf.tidy(() => {
      const rows = toRows({
        inputIds: tf.tensor2d(
          ids.map((row) => row.slice(from, from + count)),
          [2, count],
          "int32",
        ),
        attentionMask: tf.ones([2, count], "int32"),
        ...(past === undefined ? {} : { past }),
      });
      const context = { parameters };
      const hidden = runLayers({ ...golden, context }, rows);
      const finished = model.head.finish(context, golden.config, hidden);
      return tf.reshape(languageLogits(model, finished), [2, count, -1]);
    });
  const whole = run(0, length);
  const past = createKeyValueCache();
  const pieces: tf.Tensor[] = [];
  for (const count of parts) {
    pieces.push(run(past.length, count, past));
    past.advance(count);
  }
  const joined = tf.concat(pieces, 1);
  tf.dispose(pieces);
  past.dispose();
  const error = largestDifference(await read(joined), await read(whole));
  tf.dispose([...parameters.values()]);
  return error;
}

function modelOf(golden: Golden, parameters: ReadonlyMap<string, tf.Variable>): LanguageModel {
  const { architecture, config } = golden;
  if (architecture.language === undefined) throw new Error("A golden decoder has a head.");
  return { architecture, head: architecture.language, config, parameters };
}

/** Embeddings, what each layer gives, and the last normalised, as transformers gives them. */
function hiddenStates(golden: Golden, { head, parameters }: LanguageModel): tf.Tensor2D[] {
  const { architecture, config, rows } = golden;
  const context = { parameters };
  return tf.tidy(() => {
    const laidOut = toRows(inputsOf(rows, false));
    const all = [architecture.embed(context, config, laidOut)];
    architecture.sizes(config).layers.forEach((_, index) => {
      all.push(architecture.layer(context, config, index, all[index] as tf.Tensor2D, laidOut));
    });
    const last = all.pop() as tf.Tensor2D;
    return [...all, head.finish(context, config, last)];
  });
}

function toLanguageBatch(rows: readonly GoldenRow[]): LanguageBatch {
  const texts = rows.map(({ input_ids, attention_mask, labels }) => {
    const length = attention_mask.reduce((sum, bit) => sum + bit, 0);
    const trained = Uint8Array.from(labels as readonly number[], (label) =>
      label === -100 ? 0 : 1,
    );
    return [
      { ids: Int32Array.from(input_ids.slice(0, length)), trained: trained.slice(0, length) },
    ];
  });
  return collateLanguage(texts, 1);
}
