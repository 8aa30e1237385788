// MT19937 (Matsumoto and Nishimura, 1998) and what PyTorch's CPU generator makes of it: permutations and normal values.

const size = 624;
const shift = 397;

/** The generator, seeded as `torch.manual_seed` does (`init_genrand`). Seeds are whole numbers from 0 to 2^32 - 1. */
export class MersenneTwister {
  private readonly state = new Uint32Array(size);
  private index = size;
  /** The second of a pair of normal values that was drawn but not given yet. */
  waitingNormal: number | null = null;

  constructor(seed: number) {
    this.state[0] = seed;
    for (let i = 1; i < size; i += 1) {
      const previous = this.state[i - 1] ?? 0;
      this.state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** The next 32 random bits, 0 to 2^32 - 1. */
  nextUint32(): number {
    if (this.index >= size) this.refill();
    let y = this.state[this.index] ?? 0;
    this.index += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  private refill(): void {
    const { state } = this;
    for (let i = 0; i < size; i += 1) {
      const y = ((state[i] ?? 0) & 0x80000000) | ((state[(i + 1) % size] ?? 0) & 0x7fffffff);
      const odd = (y & 1) === 0 ? 0 : 0x9908b0df;
      state[i] = (state[(i + shift) % size] ?? 0) ^ (y >>> 1) ^ odd;
    }
    this.index = 0;
  }
}

/** `torch.randperm(count)` on the CPU after `torch.manual_seed(seed)`, for counts below 2^32 / 20. */
export function randomPermutation(count: number, seed: number): Uint32Array {
  const generator = new MersenneTwister(seed);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < count - 1; i += 1) {
    const j = i + (generator.nextUint32() % (count - i));
    const held = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = held;
  }
  return order;
}

/**
 * `torch.empty(count).normal_(0, std)` on the CPU. From 16 values on: uniform values of 24 bits, turned in blocks of 16 by Box
 * and Muller, the last block drawn anew where the count is no multiple of 16. Fewer values are drawn one by one in double
 * precision. PyTorch's vector instructions may round the last bit of a value differently.
 */
export function normalValues(count: number, std: number, generator: MersenneTwister): Float32Array {
  if (count < 16) return Float32Array.from({ length: count }, () => nextNormal(generator) * std);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 1) values[i] = uniform24(generator);
  for (let start = 0; start + 16 <= count; start += 16) turnBlock(values, start, std);
  if (count % 16 !== 0) {
    const start = count - 16;
    for (let i = start; i < count; i += 1) values[i] = uniform24(generator);
    turnBlock(values, start, std);
  }
  return values;
}

/** One standard normal value. They come in pairs; the second waits in the generator, as in PyTorch's. */
function nextNormal(generator: MersenneTwister): number {
  const { waitingNormal } = generator;
  generator.waitingNormal = null;
  if (waitingNormal !== null) return waitingNormal;
  const angle = 2 * Math.PI * uniform53(generator);
  const radius = Math.sqrt(-2 * Math.log1p(-uniform53(generator)));
  generator.waitingNormal = radius * Math.sin(angle);
  return radius * Math.cos(angle);
}

const uniform24 = (generator: MersenneTwister) => (generator.nextUint32() & 0xffffff) / 2 ** 24;

/** The low 53 of 64 bits, the first 32 drawn being the high ones. */
function uniform53(generator: MersenneTwister): number {
  const high = generator.nextUint32() & 0x1fffff;
  return (high * 2 ** 32 + generator.nextUint32()) / 2 ** 53;
}

function turnBlock(values: Float32Array, start: number, std: number): void {
  for (let i = start; i < start + 8; i += 1) {
    const radius = Math.sqrt(-2 * Math.log(1 - (values[i] ?? 0)));
    const angle = 2 * Math.PI * (values[i + 8] ?? 0);
    values[i] = radius * Math.cos(angle) * std;
    values[i + 8] = radius * Math.sin(angle) * std;
  }
}
