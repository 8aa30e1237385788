// Axis ticks at round numbers.

/** About `count` round values that enclose all of `values`; powers of ten (with 2 and 5 between) on a log axis. */
export function niceTicks(values: readonly number[], log: boolean, count: number): number[] {
  if (values.length === 0) return [0, 1];
  const low = Math.min(...values);
  const high = Math.max(...values);
  return log ? logTicks(low, high) : linearTicks(low, high, count);
}

function linearTicks(low: number, high: number, count: number): number[] {
  const span = Math.max(high - low || Math.abs(high) || 1, 1e-9);
  const step = niceStep(span / Math.max(1, count - 1));
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  // Multiplying, then rounding to the step's own decimals, keeps 0.30000000000000004 off the axis.
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(step)));
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toFixed(decimals)),
  );
}

function niceStep(rough: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const factor =
    [1, 2, 2.5, 5, 10].find((candidate) => candidate * magnitude >= rough * 0.999) ?? 10;
  return factor * magnitude;
}

function logTicks(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)));
  const factors = last - first <= 2 ? [1, 2, 5] : [1];
  const all: number[] = [];
  for (let power = first; power <= last; power += 1) {
    for (const factor of factors) all.push(Number((factor * 10 ** power).toPrecision(3)));
  }
  const start = all.findLastIndex((tick) => tick <= low);
  const end = all.findIndex((tick) => tick >= high);
  return all.slice(Math.max(0, start), (end < 0 ? all.length - 1 : end) + 1);
}
