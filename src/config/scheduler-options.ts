// `lr_scheduler_type` and the options that each schedule takes in `lr_scheduler_kwargs`, with transformers' names and defaults.
import { z } from "zod";

/** Schedules, under the Trainer's names. */
export const schedulerTypes = [
  "linear",
  "cosine",
  "cosine_with_restarts",
  "polynomial",
  "constant",
  "constant_with_warmup",
  "inverse_sqrt",
  "reduce_lr_on_plateau",
  "cosine_with_min_lr",
  "cosine_warmup_with_min_lr",
  "warmup_stable_decay",
  "greedy",
] as const;
export type SchedulerType = (typeof schedulerTypes)[number];

const none = z.strictObject({});
const cycles = z.number().min(0).max(1000);
const minimum = {
  num_cycles: cycles.default(0.5),
  min_lr: z.number().min(0).optional(),
  min_lr_rate: z.number().min(0).max(1).optional(),
};
const oneMinimum = {
  error: "needs either min_lr or min_lr_rate, and only one of them",
};
const hasOneMinimum = (options: { min_lr?: unknown; min_lr_rate?: unknown }) =>
  (options.min_lr === undefined) !== (options.min_lr_rate === undefined);
const shape = z.enum(["linear", "cosine", "1-sqrt"]);
const count = z.int().min(0);
const measured = {
  mode: z.enum(["min", "max"]).default("min"),
  cooldown: count.default(0),
  eps: z.number().min(0).default(1e-8),
};

const schemas = {
  linear: none,
  cosine: z.strictObject({ num_cycles: cycles.default(0.5) }),
  cosine_with_restarts: z.strictObject({ num_cycles: cycles.default(1) }),
  polynomial: z.strictObject({
    lr_end: z.number().min(0).default(1e-7),
    power: z.number().min(0).default(1),
  }),
  constant: none,
  constant_with_warmup: none,
  inverse_sqrt: z.strictObject({ timescale: z.int().min(1).optional() }),
  reduce_lr_on_plateau: z.strictObject({
    ...measured,
    factor: z.number().gt(0).lt(1).default(0.1),
    patience: count.default(10),
    threshold: z.number().min(0).default(1e-4),
    threshold_mode: z.enum(["rel", "abs"]).default("rel"),
    min_lr: z.number().min(0).default(0),
  }),
  cosine_with_min_lr: z.strictObject(minimum).refine(hasOneMinimum, oneMinimum),
  cosine_warmup_with_min_lr: z
    .strictObject({ ...minimum, warmup_lr_rate: z.number().min(0).max(1).optional() })
    .refine(hasOneMinimum, oneMinimum),
  warmup_stable_decay: z.strictObject({
    num_decay_steps: count,
    num_stable_steps: count.optional(),
    warmup_type: shape.default("linear"),
    decay_type: shape.default("cosine"),
    min_lr_ratio: z.number().min(0).max(1).default(0),
    num_cycles: cycles.default(0.5),
  }),
  greedy: z.strictObject({
    ...measured,
    factor: z.number().gt(0).lt(1).default(0.95),
    patience: count.default(10),
    threshold: z.number().min(0).default(1e-6),
    threshold_mode: z.enum(["rel", "abs"]).default("abs"),
    warmup: count.default(0),
    min_lr: z.number().min(0).default(1e-3),
    max_lr: z.number().min(0).default(1),
    smooth: z.boolean().default(false),
    window_size: z.int().min(1).default(50),
    reset_start: count.default(500),
  }),
} satisfies Record<SchedulerType, z.ZodType>;

/** The options of a schedule, its defaults filled in. */
export type SchedulerOptions<Type extends SchedulerType> = z.output<(typeof schemas)[Type]>;

/** Reads `lr_scheduler_kwargs`. They were validated before; an error here is a fault of ours. */
export function readSchedulerOptions<Type extends SchedulerType>(
  type: Type,
  kwargs: Readonly<Record<string, unknown>> | null,
): SchedulerOptions<Type> {
  return schemas[type].parse(kwargs ?? {}) as SchedulerOptions<Type>;
}

/** What is wrong with `lr_scheduler_kwargs`, or null. */
export function schedulerOptionsProblem(
  type: SchedulerType,
  kwargs: Readonly<Record<string, unknown>> | null,
): string | null {
  const parsed = schemas[type].safeParse(kwargs ?? {});
  if (parsed.success) return null;
  const issue = parsed.error.issues[0];
  const where = issue?.path.length ? `${issue.path.join(".")} ` : "";
  const what =
    issue?.code === "invalid_type" && issue.message.includes("undefined")
      ? "is missing"
      : (issue?.message ?? "is not understood");
  return `${type}: ${where}${what}.`;
}

/** Names of the options that a schedule takes. */
export const schedulerOptionNames = (type: SchedulerType): readonly string[] =>
  Object.keys(schemas[type].shape);
