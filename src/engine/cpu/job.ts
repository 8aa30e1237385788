// One kernel call shared out among threads. It lies in shared memory: a ticket that threads take pieces from, and the call.
// The ticket holds a job number and the pieces left. Who holds a piece keeps the job from ending, so the call cannot change
// under a thread that wakes up late.

export type Kernel = (...values: number[]) => void;

/** Bytes of a job. */
export const jobBytes = 512;

const ticket = 0;
const done = 1;
const failed = 2;
const kernelIndex = 3;
const extent = 4;
const pieceSize = 5;
const pieceCount = 6;
const argumentCount = 7;
const pieceBits = 12;
const argumentsOffset = 64;

const mostPieces = 2 ** pieceBits - 1;
const mostArguments = (jobBytes - argumentsOffset) / 8;

export interface Job {
  readonly words: Int32Array<ArrayBufferLike>;
  readonly values: Float64Array<ArrayBufferLike>;
}

/** A job's views. Growth of a shared memory leaves them valid. */
export function viewJob(buffer: ArrayBufferLike, address: number): Job {
  return {
    words: new Int32Array(buffer, address, argumentsOffset / 4),
    values: new Float64Array(buffer, address + argumentsOffset, mostArguments),
  };
}

/** Publishes a call over `[0, size)` in `count` pieces and wakes the threads. */
export function publish(
  { words, values }: Job,
  kernel: number,
  args: readonly number[],
  size: number,
  piece: number,
): void {
  const count = Math.ceil(size / piece);
  words[kernelIndex] = kernel;
  words[extent] = size;
  words[pieceSize] = piece;
  words[pieceCount] = count;
  words[argumentCount] = args.length;
  values.set(args);
  Atomics.store(words, done, 0);
  const number = (Atomics.load(words, ticket) >>> pieceBits) + 1;
  Atomics.store(words, ticket, (number << pieceBits) | count);
  Atomics.notify(words, ticket);
}

/** Works on pieces until none is left. */
export function takePieces({ words, values }: Job, kernels: readonly Kernel[]): void {
  for (;;) {
    const seen = Atomics.load(words, ticket);
    const left = seen & mostPieces;
    if (left === 0) return;
    if (Atomics.compareExchange(words, ticket, seen, seen - 1) !== seen) continue;
    const size = words[pieceSize] as number;
    const start = (left - 1) * size;
    const end = Math.min(words[extent] as number, start + size);
    try {
      const args = values.subarray(0, words[argumentCount]);
      kernels[words[kernelIndex] as number]?.(...args, start, end);
    } catch {
      Atomics.store(words, failed, 1);
    }
    if (Atomics.add(words, done, 1) + 1 === words[pieceCount]) Atomics.notify(words, done);
  }
}

/** Waits until every piece is done. True where a kernel failed. */
export function waitForPieces({ words }: Job, maySleep: boolean): boolean {
  const count = words[pieceCount] as number;
  for (;;) {
    const found = spin(words, done, (value) => value === count);
    if (found === count) break;
    if (maySleep) Atomics.wait(words, done, found);
  }
  return Atomics.exchange(words, failed, 0) === 1;
}

/** A helper's life: it takes pieces, looks out for the next job for a moment, then sleeps. It never returns. */
export function serve(job: Job, kernels: readonly Kernel[]): never {
  for (;;) {
    takePieces(job, kernels);
    const seen = spin(job.words, ticket, (value) => (value & mostPieces) !== 0);
    if ((seen & mostPieces) === 0) Atomics.wait(job.words, ticket, seen);
  }
}

/** Between two kernels of a step less time passes than putting a thread to sleep and waking it takes. */
const spinRounds = 20_000;

function spin(
  words: Int32Array<ArrayBufferLike>,
  index: number,
  isWanted: (value: number) => boolean,
): number {
  let value = Atomics.load(words, index);
  for (let round = 0; round < spinRounds && !isWanted(value); round++) {
    value = Atomics.load(words, index);
  }
  return value;
}
