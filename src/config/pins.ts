// What decides the order of floating-point sums on a device. A run that goes on under the same pins goes on exactly.
import { z } from "zod";

export const pinsSchema = z.object({
  backend: z.string(),
  /** Adapter or processor, in words. */
  adapter: z.string(),
  /** Which kernels compute, with their version. */
  kernels: z.string(),
  threads: z.number(),
  /** WebAssembly's relaxed SIMD may fuse or not fuse, as the processor likes. */
  relaxed_simd: z.boolean(),
  /** Browser, with its version where its compiler makes the machine code of the kernels (WebGPU). */
  browser: z.string(),
});
export type Pins = z.output<typeof pinsSchema>;

const names: Readonly<Record<keyof Pins, string>> = {
  backend: "the back end",
  adapter: "the adapter",
  kernels: "the kernels",
  threads: "the number of threads",
  relaxed_simd: "relaxed SIMD",
  browser: "the browser",
};

/** Which pins differ, in words: "the back end was wasm and is webgpu". Empty where a run can go on exactly. */
export function describePinDifferences(before: Pins | null, now: Pins): string[] {
  if (before === null) return ["what it ran on was not recorded"];
  const differs = (Object.keys(names) as (keyof Pins)[]).filter((key) => before[key] !== now[key]);
  // Another back end has another adapter and other kernels anyway.
  const told = differs.includes("backend") ? (["backend"] as const) : differs;
  return told.map((key) => {
    const [was, is] = key === "kernels" ? ["were", "are"] : ["was", "is"];
    return `${names[key]} ${was} ${inWords(before[key])} and ${is} ${inWords(now[key])}`;
  });
}

const inWords = (value: Pins[keyof Pins]) =>
  typeof value === "boolean" ? (value ? "on" : "off") : String(value);

/** The browser of a user agent string, with its main version where `withVersion`. */
export function browserName(userAgent: string, withVersion: boolean): string {
  for (const [pattern, name] of browsers) {
    const version = pattern.exec(userAgent)?.[1];
    if (version !== undefined) return withVersion ? `${name} ${version}` : name;
  }
  return "another browser";
}

// In this order: Edge says Chrome too, and Chrome says Safari.
const browsers: readonly (readonly [RegExp, string])[] = [
  [/Firefox\/(\d+)/u, "Firefox"],
  [/Edg\/(\d+)/u, "Edge"],
  [/Chrome\/(\d+)/u, "Chrome"],
  [/Version\/(\d+).*Safari/u, "Safari"],
  [/Node\.js\/(\d+)/u, "Node"],
];
