// What a recorded step has the GPU do, command by command, with the memory that each touches.
import type { Scratch } from "./scratch.ts";

/** Stands in for a uniform buffer while a step is recorded: only its bytes matter, the plan packs them later. */
export class UniformBytes {
  readonly size: number;
  bytes = new Uint8Array(0);
  constructor(size: number) {
    this.size = size;
  }
}

/** A part of a buffer that lives outside of the step, or of a piece of scratch memory. */
export interface Range {
  readonly buffer: GPUBuffer | Scratch;
  readonly offset: number;
  readonly size: number;
}

/** One buffer of a dispatch. `name` says what it is, alike in every recording of an equal step. */
export interface Binding extends Omit<Range, "buffer"> {
  readonly buffer: GPUBuffer | Scratch | UniformBytes;
  readonly name: string;
  readonly isWritten: boolean;
}

export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: readonly Binding[];
  readonly workgroups: [number, number, number];
}

interface Copy {
  readonly copy: { readonly from: Range; readonly to: Range };
}

interface Clear {
  readonly clear: Range;
}

/** Two recordings whose commands have equal names do the same. */
export type Command = { readonly name: string } & (Dispatch | Copy | Clear);

/** What a command reads and writes, uniforms left out. */
export function rangesOf(command: Command): (Range & { readonly isWritten: boolean })[] {
  if ("clear" in command) return [{ ...command.clear, isWritten: true }];
  if ("copy" in command) {
    const { from, to } = command.copy;
    return [
      { ...from, isWritten: false },
      { ...to, isWritten: true },
    ];
  }
  return command.bindings.flatMap(({ buffer, offset, size, isWritten }) =>
    buffer instanceof UniformBytes ? [] : [{ buffer, offset, size, isWritten }],
  );
}
