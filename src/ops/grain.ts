// How finely a kernel's work is shared out: a grain should be worth about 10 microseconds (see CpuKernels.split).

/** Elements that a pass over memory handles in 10 microseconds. */
const elementsPerGrain = 8192;

/** Elements of a block of the kernels that go over elements one by one. */
const blockElements = 4096;

/** Rows of a grain, for a kernel that passes over each row `passes` times. */
export function rowGrain(width: number, passes: number): number {
  return Math.max(1, Math.ceil(elementsPerGrain / (width * passes)));
}

/** The extent and the grain of a kernel that goes over blocks of elements. */
export function elementBlocks(size: number): [extent: number, grain: number] {
  return [Math.ceil(size / blockElements), 1];
}
