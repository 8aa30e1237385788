// `optim_args`: "key=value, key=value" for the optimisers that PyTorch gives such options.
// The Trainer (5.18) passes them on for sgd, adagrad and rmsprop and ignores them for AdamW and Adafactor: here that is refused.
import { z } from "zod";

/** Optimisers, under the Trainer's names. */
export const optimizerNames = ["adamw_torch", "sgd", "adagrad", "rmsprop", "adafactor"] as const;
export type OptimizerName = (typeof optimizerNames)[number];

const nonNegative = (value: number) => z.number().min(0).default(value);

/** PyTorch's options under PyTorch's names and with its defaults. Foreach, fused and the like change speed, not numbers. */
const schemas = {
  sgd: z
    .strictObject({
      momentum: nonNegative(0),
      dampening: z.number().default(0),
      nesterov: z.boolean().default(false),
    })
    .refine(({ momentum, dampening, nesterov }) => !nesterov || (momentum > 0 && dampening === 0), {
      error: "nesterov needs a momentum above 0 and a dampening of 0",
    }),
  adagrad: z
    .strictObject({
      lr_decay: nonNegative(0),
      initial_accumulator_value: nonNegative(0),
      eps: nonNegative(1e-10),
    })
    .transform(({ lr_decay, initial_accumulator_value, eps }) => ({
      lrDecay: lr_decay,
      initialAccumulatorValue: initial_accumulator_value,
      epsilon: eps,
    })),
  rmsprop: z
    .strictObject({
      alpha: nonNegative(0.99),
      eps: nonNegative(1e-8),
      momentum: nonNegative(0),
      centered: z.boolean().default(false),
    })
    .transform(({ alpha, eps, momentum, centered }) => ({
      alpha,
      epsilon: eps,
      momentum,
      centered,
    })),
};

type OptionedOptimizer = keyof typeof schemas;
type OptimOptions = { [Name in OptionedOptimizer]: z.output<(typeof schemas)[Name]> };

/** The options of an optimiser. The arguments were validated before; an error here is a fault of ours. */
export function readOptimArgs<Name extends OptionedOptimizer>(
  name: Name,
  text: string | null,
): OptimOptions[Name] {
  return schemas[name].parse(parsePairs(text ?? "")) as OptimOptions[Name];
}

/** What is wrong with `optim_args`, or null. */
export function optimArgsProblem(name: OptimizerName, text: string | null): string | null {
  if (text === null || text.trim() === "") return null;
  if (!(name in schemas)) return `${name} takes no optim_args: the Trainer ignores them.`;
  const pairs = parsePairs(text);
  if (pairs === null) return `"${text}" is not of the form key=value, key=value.`;
  const parsed = schemas[name as OptionedOptimizer].safeParse(pairs);
  if (parsed.success) return null;
  const issue = parsed.error.issues[0];
  const where = issue?.path.length ? `${issue.path.join(".")}: ` : "";
  return `${where}${issue?.message ?? "not understood"}.`;
}

/** Pairs as the Trainer reads them: Python's numbers and True or False; null where a pair has no "=". */
function parsePairs(text: string): Record<string, unknown> | null {
  const parts = text.replaceAll(" ", "").split(",").filter(Boolean);
  const pairs = parts.map((part) => part.split("="));
  if (pairs.some((pair) => pair.length !== 2)) return null;
  return Object.fromEntries(pairs.map(([key = "", value = ""]) => [key, toValue(value)]));
}

function toValue(text: string): unknown {
  if (text === "True") return true;
  if (text === "False") return false;
  const value = Number(text);
  return text === "" || Number.isNaN(value) ? text : value;
}
