// What the page measures of a device on request. Each figure comes with its spread, so that it can be believed or not.
import { z } from "zod";

const spreadSchema = z.object({
  median: z.number(),
  /** The tenth and the ninetieth percentile of the rounds. */
  p10: z.number(),
  p90: z.number(),
  rounds: z.number(),
});
export type Spread = z.output<typeof spreadSchema>;

export const deviceBenchmarkSchema = z.object({
  version: z.literal(1),
  /** Milliseconds since 1970. */
  measured_at: z.number(),
  backend: z.string(),
  adapter: z.string(),
  kernels: z.string(),
  threads: z.number(),
  browser: z.string(),
  /** Operations a second of a float32 matrix product of this edge. */
  matmul: spreadSchema.extend({ edge: z.number() }),
  /** Bytes a second, read and written, of a pass over so many bytes. */
  bandwidth: spreadSchema.extend({ bytes: z.number() }),
  /** Microseconds of a dispatch in a replayed step; null where there is no GPU. */
  dispatch: spreadSchema.nullable(),
  /** Milliseconds until a number is on the processor. */
  readback: spreadSchema,
  /** Milliseconds of one step of a small BERT: the studio's own, and that of tfjs without the studio's kernels. */
  step: spreadSchema,
  stock_step: spreadSchema,
  /** Why the studio's own step was not replayed, if so; benchmarks of older studios do not tell. */
  step_problem: z.string().nullable().optional(),
});
export type DeviceBenchmark = z.output<typeof deviceBenchmarkSchema>;

/** Median and percentiles of some rounds. @throws where there are none. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error("Nothing was measured.");
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
    return low + (high - low) * (place - Math.floor(place));
  };
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), rounds: values.length };
}
