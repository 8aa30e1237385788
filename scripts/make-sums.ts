// Word problems of two to four operations, with the steps that lead to the answer: the data set "Sums, step by step".
import { MersenneTwister } from "../src/lib/mersenne-twister.ts";

export interface Sum {
  readonly question: string;
  readonly reasoning: string;
  readonly answer: string;
}

/** No number is larger: so there are some 600 different calculations, and a small model can learn them all. */
const largest = 40;

// The words of the problems are single tokens of tiny-prose-3m's vocabulary, which knows old novels best.
const people = [
  ["John", "He"],
  ["Mary", "She"],
  ["William", "He"],
  ["Jane", "She"],
  ["Henry", "He"],
  ["Emma", "She"],
  ["Frank", "He"],
  ["Anne", "She"],
  ["Edward", "He"],
  ["Elizabeth", "She"],
] as const;

const things = ["boats", "ships", "dollars", "fish", "whales", "acres", "friends", "men"];

const more = ["found", "got", "received", "won"];
const fewer = ["sold", "lost", "gave away", "sent away"];
const parts = { 2: "half", 3: "a third" } as const;

interface Step {
  readonly told: string;
  readonly calculation: string;
  readonly result: number;
}

/** So many problems, no two alike; the same seed gives the same ones. Numbers lie between 1 and 40. */
export function makeSums(count: number, seed: number): Sum[] {
  const random = new MersenneTwister(seed);
  const below = (limit: number) => random.nextUint32() % limit;
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)] as Item;
  const made = new Map<string, Sum>();
  while (made.size < count) {
    const sum = makeSum(2 + (made.size % 3), below, pick);
    if (sum !== undefined && !made.has(sum.question)) made.set(sum.question, sum);
  }
  return [...made.values()];
}

type Below = (limit: number) => number;
type Pick = <Item>(items: readonly Item[]) => Item;

function makeSum(operations: number, below: Below, pick: Pick): Sum | undefined {
  const [name, pronoun] = pick(people);
  const thing = pick(things);
  const start = 2 + below(24);
  const steps: Step[] = [];
  for (let i = 0; i < operations; i++) {
    const step = makeStep(steps.at(-1)?.result ?? start, pronoun, below, pick);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  const told = steps.map((step) => step.told).join(" ");
  return {
    question: `${name} had ${start} ${thing}. ${told} How many ${thing} had ${name} then?`,
    reasoning: steps.map(({ calculation }) => calculation).join(" "),
    answer: `${steps.at(-1)?.result}`,
  };
}

/** One more operation on a number, or undefined where the drawn one does not fit it. */
function makeStep(from: number, pronoun: string, below: Below, pick: Pick): Step | undefined {
  const kind = below(8);
  const amount = 2 + below(8);
  const factor = pick([2, 3] as const);
  if (kind < 3) {
    return step(from + amount, `${pronoun} ${pick(more)} ${amount} more.`, `${from} + ${amount}`);
  }
  if (kind < 6) {
    return step(from - amount, `${pronoun} ${pick(fewer)} ${amount}.`, `${from} - ${amount}`);
  }
  if (kind === 6) {
    const told = `Then ${pronoun.toLowerCase()} had ${factor} times as many.`;
    return step(from * factor, told, `${from} x ${factor}`);
  }
  if (from % factor !== 0) return undefined;
  return step(from / factor, `${pronoun} kept ${parts[factor]} of them.`, `${from} / ${factor}`);
}

function step(result: number, told: string, calculation: string): Step | undefined {
  if (result < 1 || result > largest) return undefined;
  return { told, calculation: `${calculation} = ${result}.`, result };
}
