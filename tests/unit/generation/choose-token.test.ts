import { expect, test } from "vitest";
import { chooseToken, listCandidates } from "../../../src/generation/choose-token.ts";
import { MersenneTwister } from "../../../src/lib/mersenne-twister.ts";

const greedy = { do_sample: false, temperature: 1, top_k: 0, top_p: 1, repetition_penalty: 1 };
const sampled = { ...greedy, do_sample: true };
const never = () => {
  throw new Error("Nothing is drawn.");
};
const logits = (...values: number[]) => Float32Array.from(values);
const idsOf = (...args: Parameters<typeof listCandidates>) =>
  listCandidates(...args)
    .map(({ id }) => id)
    .sort((a, b) => a - b);

test("greedy takes the first of the highest, draws nothing and heeds no temperature", () => {
  expect(chooseToken(logits(1, 3, 3, 2), [], greedy, never)).toBe(1);
  expect(chooseToken(logits(1, 3, 3, 2), [], { ...greedy, temperature: 9, top_k: 1 }, never)).toBe(
    1,
  );
});

test("the repetition penalty divides positive logits and multiplies negative ones, once an id", () => {
  const scores = logits(2, -2, 2, -2);
  chooseToken(scores, [0, 1, 0, 0], { ...greedy, repetition_penalty: 1.25 }, never);
  expect([...scores].map((score) => Number(score.toFixed(4)))).toEqual([1.6, -2.5, 2, -2]);
});

test("top_k keeps so many, and all that are equal to the last of them", () => {
  expect(idsOf(logits(1, 4, 3, 3, 0), { ...sampled, top_k: 2 })).toEqual([1, 2, 3]);
  expect(idsOf(logits(1, 4, 3, 3, 0), { ...sampled, top_k: 1 })).toEqual([1]);
  expect(idsOf(logits(1, 4, 3), { ...sampled, top_k: 9 })).toEqual([0, 1, 2]);
});

test("top_p keeps the fewest likeliest tokens that reach the share, and one at least", () => {
  // Probabilities 0.5, 0.25, 0.125, 0.125.
  const scores = () => logits(...[0.5, 0.25, 0.125, 0.125].map(Math.log));
  expect(idsOf(scores(), { ...sampled, top_p: 0.45 })).toEqual([0]);
  expect(idsOf(scores(), { ...sampled, top_p: 0.7 })).toEqual([0, 1]);
  expect(idsOf(scores(), { ...sampled, top_p: 0.8 })).toEqual([0, 1, 2]);
  expect(idsOf(scores(), { ...sampled, top_p: 0 })).toEqual([0]);
});

test("temperature comes before top_p: a low one leaves fewer tokens", () => {
  const scores = () => logits(...[0.5, 0.3, 0.2].map(Math.log));
  expect(idsOf(scores(), { ...sampled, top_p: 0.6 })).toEqual([0, 1]);
  expect(idsOf(scores(), { ...sampled, temperature: 0.25, top_p: 0.6 })).toEqual([0]);
});

test("top_p counts what top_k has left", () => {
  // Of the two that top_k leaves, the first has 2/3 of the probability.
  const scores = logits(...[0.4, 0.2, 0.2 - 1e-3, 0.2].map(Math.log));
  expect(idsOf(scores, { ...sampled, top_k: 1, top_p: 0.99 })).toEqual([0]);
  expect(idsOf(scores, { ...sampled, top_k: 2, top_p: 0.49 })).toEqual([0]);
});

test("the short way through a large vocabulary leaves what sorting everything leaves", () => {
  const generator = new MersenneTwister(3);
  const values = Float32Array.from({ length: 5000 }, () => (generator.nextUint32() / 2 ** 32) * 9);
  const weights = [...values].map(Math.exp);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const order = weights.map((weight, id) => ({ id, p: weight / total })).sort((a, b) => b.p - a.p);
  let mass = 0;
  const expected: number[] = [];
  for (const { id, p } of order) {
    if (mass >= 0.9) break;
    expected.push(id);
    mass += p;
  }
  expect(idsOf(values, { ...sampled, top_p: 0.9 })).toEqual(expected.sort((a, b) => a - b));
  const highest = [...values].map((value, id) => ({ id, value })).sort((a, b) => b.value - a.value);
  expect(idsOf(values, { ...sampled, top_k: 50 })).toEqual(
    highest
      .slice(0, 50)
      .map(({ id }) => id)
      .sort((a, b) => a - b),
  );
});

test("tokens are drawn as often as they are likely", () => {
  const generator = new MersenneTwister(7);
  const counts = [0, 0, 0];
  for (let draw = 0; draw < 4000; draw += 1) {
    const scores = logits(...[0.6, 0.3, 0.1].map(Math.log));
    const id = chooseToken(scores, [], sampled, () => generator.nextUint32() / 2 ** 32);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  // Three standard deviations of a binomial are 0.023 at most.
  expect(Math.abs((counts[0] as number) / 4000 - 0.6)).toBeLessThan(0.025);
  expect(Math.abs((counts[1] as number) / 4000 - 0.3)).toBeLessThan(0.025);
});
