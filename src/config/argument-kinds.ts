// The kinds of training arguments: what the form needs to draw one, and the schema that reads it.
import { z } from "zod";

/** Headings of the form, in their order. */
export const argumentGroups = [
  "length",
  "optimizer",
  "schedule",
  "regularization",
  "evaluation",
  "stopping",
  "logging",
  "saving",
  "seeds",
  "folders",
] as const;
export type ArgumentGroup = (typeof argumentGroups)[number];

interface Words {
  /** Plain label above the control. */
  readonly label: string;
  /** What changes when it is turned up or switched on. */
  readonly help: string;
  readonly group: ArgumentGroup;
  /** Shown first, without opening its group. */
  readonly basic?: true;
}

interface NumberLimits {
  readonly min?: number;
  /** Exclusive lower bound. */
  readonly above?: number;
  readonly max?: number;
  /** Exclusive upper bound. */
  readonly below?: number;
  /** What one press of + or - changes: this, or one unit of the value's own leading digit. */
  readonly step: number | "leading digit";
}

const words = ({ label, help, group, basic }: Words) => ({
  label,
  help,
  group,
  basic: basic ?? false,
});

const limits = ({ min, above, max, below, step }: NumberLimits) => ({
  min,
  above,
  max,
  below,
  step,
});

function limited(base: z.ZodNumber, { min, above, max, below }: NumberLimits): z.ZodNumber {
  let schema = base;
  if (min !== undefined) schema = schema.min(min);
  if (above !== undefined) schema = schema.gt(above);
  if (max !== undefined) schema = schema.max(max);
  if (below !== undefined) schema = schema.lt(below);
  return schema;
}

export function number(options: Words & NumberLimits & { default: number; integer?: boolean }) {
  return {
    ...words(options),
    kind: "number" as const,
    optional: false,
    limits: limits(options),
    integer: options.integer ?? false,
    isInterval: false,
    schema: limited(options.integer ? z.int() : z.number(), options).default(options.default),
  };
}

export function optionalNumber(
  options: Words & NumberLimits & { empty: string; integer?: boolean },
) {
  return {
    ...words(options),
    kind: "number" as const,
    optional: true,
    /** What an empty field means. */
    empty: options.empty,
    limits: limits(options),
    integer: options.integer ?? true,
    isInterval: false,
    schema: limited(options.integer === false ? z.number() : z.int(), options)
      .nullable()
      .default(null),
  };
}

const intervalSchema = z
  .number()
  .max(1e9)
  .refine((value) => value < 1 || Number.isInteger(value), {
    error: "must be a whole number where it is above 1",
  });

/** Updates between two events: a whole number, or a share of all updates between 0 and 1. */
export function interval(options: Words & { default: number; min?: 0 }) {
  return {
    ...words(options),
    kind: "number" as const,
    optional: false,
    limits: limits({ ...(options.min === 0 ? { min: 0 } : { above: 0 }), max: 1e9, step: 10 }),
    integer: false,
    isInterval: true,
    schema: intervalSchema
      .refine((value) => (options.min === 0 ? value >= 0 : value > 0), {
        error: "must be above 0",
      })
      .default(options.default),
  };
}

export function optionalInterval(options: Words & { empty: string }) {
  return {
    ...words(options),
    kind: "number" as const,
    optional: true,
    empty: options.empty,
    limits: limits({ above: 0, max: 1e9, step: 10 }),
    integer: false,
    isInterval: true,
    schema: intervalSchema
      .refine((value) => value > 0, { error: "must be above 0" })
      .nullable()
      .default(null),
  };
}

export function choice<const Value extends string>(
  options: Words & {
    values: readonly Value[];
    default: NoInfer<Value>;
    names: Record<Value, string>;
  },
) {
  return {
    ...words(options),
    kind: "choice" as const,
    optional: false,
    values: options.values,
    names: options.names as Readonly<Record<string, string>>,
    schema: z.enum(options.values).default(options.default as never),
  };
}

export function optionalChoice<const Value extends string>(
  options: Words & { values: readonly Value[]; empty: string; names: Record<Value, string> },
) {
  return {
    ...words(options),
    kind: "choice" as const,
    optional: true,
    empty: options.empty,
    values: options.values,
    names: options.names as Readonly<Record<string, string>>,
    schema: z.enum(options.values).nullable().default(null),
  };
}

export function toggle(options: Words & { default: boolean }) {
  return {
    ...words(options),
    kind: "toggle" as const,
    optional: false,
    schema: z.boolean().default(options.default),
  };
}

export function optionalToggle(
  options: Words & { names: Record<"auto" | "true" | "false", string> },
) {
  return {
    ...words(options),
    kind: "optionalToggle" as const,
    optional: true,
    names: options.names,
    schema: z.boolean().nullable().default(null),
  };
}

/** One line of text; empty means none. */
export function optionalText(options: Words & { empty: string }) {
  return {
    ...words(options),
    kind: "text" as const,
    optional: true,
    empty: options.empty,
    schema: z.string().trim().min(1).max(500).nullable().default(null),
  };
}

const jsonOptions = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));

/** Options of a chosen value, typed as JSON; empty means none. */
export function optionalOptions(options: Words & { empty: string }) {
  return {
    ...words(options),
    kind: "json" as const,
    optional: true,
    empty: options.empty,
    schema: jsonOptions.nullable().default(null),
  };
}

const folderName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^(?!.*(^|\/)\.{1,2}(\/|$))[^/\\:*?"<>|][^\\:*?"<>|]*$/u, {
    error: 'A folder name may not be empty, start with / or contain .. \\ : * ? " < > |',
  });

export function folder(options: Words & { default: string }) {
  return {
    ...words(options),
    kind: "folder" as const,
    optional: false,
    schema: folderName.default(options.default),
  };
}

export function optionalFolder(options: Words & { empty: string }) {
  return {
    ...words(options),
    kind: "folder" as const,
    optional: true,
    empty: options.empty,
    schema: folderName.nullable().default(null),
  };
}
