// Word problems of two to four operations, with the steps that lead to the answer: the data set "Sums, step by step".
import { MersenneTwister } from "../src/lib/mersenne-twister.ts";

export interface Sum {
  readonly question: string;
  readonly reasoning: string;
  readonly answer: string;
}

const largest = 99;

const people = [
  ["Tom", "He"],
  ["Ann", "She"],
  ["Harry", "He"],
  ["Emma", "She"],
  ["Frank", "He"],
  ["Jane", "She"],
  ["George", "He"],
  ["Mary", "She"],
  ["William", "He"],
  ["Elizabeth", "She"],
] as const;

const things = ["apples", "books", "letters", "horses", "pounds", "cards", "boats", "chairs"];

const more = ["buys", "finds", "is given", "wins"];
const fewer = ["sells", "loses", "gives away", "sends away"];
const times = { 2: "twice", 3: "three times", 4: "four times", 5: "five times" } as const;
const parts = { 2: "half", 3: "a third", 4: "a quarter", 5: "a fifth" } as const;

interface Step {
  readonly told: string;
  readonly calculation: string;
  readonly result: number;
}

/** So many problems, no two alike; the same seed gives the same ones. Numbers lie between 1 and 99. */
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
  const start = 2 + below(29);
  const steps: Step[] = [];
  for (let i = 0; i < operations; i++) {
    const step = makeStep(steps.at(-1)?.result ?? start, pronoun, below, pick);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  const told = steps.map((step) => step.told).join(" ");
  return {
    question: `${name} has ${start} ${thing}. ${told} How many ${thing} has ${name} now?`,
    reasoning: steps.map(({ calculation }) => calculation).join(" "),
    answer: `${steps.at(-1)?.result}`,
  };
}

/** One more operation on a number, or undefined where the drawn one does not fit it. */
function makeStep(from: number, pronoun: string, below: Below, pick: Pick): Step | undefined {
  const kind = below(8);
  const amount = 2 + below(19);
  const factor = pick([2, 3, 4, 5] as const);
  if (kind < 3) {
    return step(from + amount, `${pronoun} ${pick(more)} ${amount} more.`, `${from} + ${amount}`);
  }
  if (kind < 6) {
    return step(from - amount, `${pronoun} ${pick(fewer)} ${amount}.`, `${from} - ${amount}`);
  }
  if (kind === 6) {
    const told = `Then ${pronoun.toLowerCase()} has ${times[factor]} as many.`;
    return step(from * factor, told, `${from} x ${factor}`);
  }
  if (from % factor !== 0) return undefined;
  return step(from / factor, `${pronoun} keeps ${parts[factor]} of them.`, `${from} / ${factor}`);
}

function step(result: number, told: string, calculation: string): Step | undefined {
  if (result < 1 || result > largest) return undefined;
  return { told, calculation: `${calculation} = ${result}.`, result };
}
