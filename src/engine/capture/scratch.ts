// The memory of tensors that live and die inside a captured step. A recording only names it; `arrangeScratch` then gives each piece a
// place in a few buffers, where pieces whose lives do not overlap lie one over the other.
import { bindingAlignment } from "../gpu/gpu-backend.ts";

/** Stands in for a buffer while a step is recorded. */
export class Scratch {
  readonly id: number;
  readonly size: number;
  constructor(id: number, size: number) {
    this.id = id;
    this.size = size;
  }
}

/** One piece of memory: bytes, and the first and the last command that touches it. */
export interface ScratchLife {
  readonly size: number;
  readonly first: number;
  readonly last: number;
}

/** Where each piece lies, and how large the buffers must be. */
export interface ScratchPlaces {
  readonly places: readonly { readonly buffer: number; readonly offset: number }[];
  readonly sizes: readonly number[];
}

const aligned = (bytes: number) => Math.ceil(bytes / bindingAlignment) * bindingAlignment;

interface Placed {
  readonly index: number;
  readonly life: ScratchLife;
  readonly offset: number;
}

/**
 * Places the largest pieces first, each where it makes the buffers grow least. `conflicts` holds, for each piece, those that may not
 * share a buffer with it: WebGPU lets no dispatch read and write one buffer, however far apart. A buffer grows to `limit` bytes, or
 * to the one piece that is larger.
 */
export function arrangeScratch(
  lives: readonly ScratchLife[],
  conflicts: readonly ReadonlySet<number>[],
  limit: number,
): ScratchPlaces {
  const order = lives
    .map((_, index) => index)
    .sort((a, b) => sizeAt(lives, b) - sizeAt(lives, a) || a - b);
  const buffers: { size: number; readonly placed: Placed[] }[] = [];
  const places = lives.map(() => ({ buffer: 0, offset: 0 }));
  for (const index of order) {
    const life = lives[index] as ScratchLife;
    const size = aligned(life.size);
    let best = { buffer: buffers.length, offset: 0, growth: size };
    buffers.forEach((buffer, at) => {
      if (buffer.placed.some((other) => conflicts[index]?.has(other.index))) return;
      const offset = findGap(buffer.placed, life);
      const growth = Math.max(0, offset + size - buffer.size);
      if (growth > 0 && offset + size > limit) return;
      if (growth < best.growth || (growth === best.growth && best.buffer === buffers.length)) {
        best = { buffer: at, offset, growth };
      }
    });
    const buffer = buffers[best.buffer] ?? { size: 0, placed: [] };
    buffers[best.buffer] = buffer;
    buffer.size += best.growth;
    buffer.placed.push({ index, life, offset: best.offset });
    places[index] = { buffer: best.buffer, offset: best.offset };
  }
  return { places, sizes: buffers.map(({ size }) => size) };
}

const sizeAt = (lives: readonly ScratchLife[], index: number) => lives[index]?.size ?? 0;

/** The tightest gap between the pieces that live at the same time, else the end of them. */
function findGap(placed: readonly Placed[], { size, first, last }: ScratchLife): number {
  const living = placed
    .filter(({ life }) => life.first <= last && life.last >= first)
    .sort((a, b) => a.offset - b.offset);
  let end = 0;
  let best: { offset: number; room: number } | undefined;
  for (const { life, offset } of living) {
    const room = offset - end;
    if (room >= aligned(size) && (best === undefined || room < best.room)) {
      best = { offset: end, room };
    }
    end = Math.max(end, offset + aligned(life.size));
  }
  return best?.offset ?? end;
}
