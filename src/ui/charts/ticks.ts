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
  // Multiplying, then rounding to the step's own decimals, keeps 0.30000000000000004 off the axis.
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(step)));
  const tickAt = (index: number) => Number((index * step).toFixed(decimals));
  // Rounded first and compared then: dividing alone misses by one where 0.6 / 0.2 is 2.9999999999999996.
  const nearLow = Math.round(low / step);
  const first = tickAt(nearLow) <= low ? nearLow : nearLow - 1;
  const nearHigh = Math.max(first + 1, Math.round(high / step));
  const last = tickAt(nearHigh) >= high ? nearHigh : nearHigh + 1;
  return Array.from({ length: last - first + 1 }, (_, index) => tickAt(first + index));
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
  // A single value that is itself a tick still gets two.
  const end = all.findIndex((tick, index) => tick >= high && index > start);
  return all.slice(Math.max(0, start), (end < 0 ? all.length - 1 : end) + 1);
}
