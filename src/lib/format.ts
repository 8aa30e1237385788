// Numbers as the screen shows them. A missing or non-finite number is an en dash, never NaN or undefined.

type Maybe = number | null | undefined;

/** What stands where there is no number. */
const missing = "–";

/** Between a number and its unit: they stay on one line. */
const space = "\u00a0";

const isNumber = (value: Maybe): value is number => Number.isFinite(value);

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A whole number with thousands separators: "27,560". */
export function formatCount(value: Maybe): string {
  return isNumber(value) ? grouped.format(value) : missing;
}

/** From here on a number is told by its power of ten. */
const tooLong = 1e7;

/** A number with a fixed count of decimals, so that it does not jump: "0.8870". A loss that left is short too: "2.08e37". */
export function formatFixed(value: Maybe, decimals: number): string {
  if (!isNumber(value)) return missing;
  return Math.abs(value) < tooLong ? value.toFixed(decimals) : exponential(value);
}

const exponential = (value: number) =>
  value.toExponential(2).replace(".00e", "e").replace("e+", "e");

/** A perplexity: "2.1", "1,867". */
export function formatPerplexity(value: Maybe): string {
  const isLarge = isNumber(value) && value >= 999.95 && value < tooLong;
  return isLarge ? formatCount(value) : formatFixed(value, 1);
}

/** A share from 0 to 1 as a percentage: "34 %". A share that rounds to 0 or 100 without being it says so: "< 1 %". */
export function formatPercent(share: Maybe, decimals = 0): string {
  if (!isNumber(share)) return missing;
  const smallest = 10 ** -decimals;
  const rounded = Number((share * 100).toFixed(decimals));
  if (rounded === 0 && share > 0) return `<${space}${smallest}${space}%`;
  if (rounded === 100 && share < 1) return `>${space}${100 - smallest}${space}%`;
  return `${rounded.toFixed(decimals)}${space}%`;
}

const byteUnits = ["B", "kB", "MB", "GB", "TB"] as const;

/** Bytes in decimal units, three digits at most: "27.9 MB". */
export function formatBytes(bytes: Maybe): string {
  return isNumber(bytes) ? scale(bytes, byteUnits) : missing;
}

const magnitudes = ["", "k", "M", "B", "T"] as const;

/** A large count in few digits, as parameters are told: "7.0 M". */
export function formatMagnitude(value: Maybe): string {
  return isNumber(value) ? scale(value, magnitudes) : missing;
}

function scale(value: number, units: readonly string[]): string {
  let scaled = value;
  let unit = 0;
  // 999.5 would print as 1000.
  while (Math.abs(scaled) >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const decimals = unit === 0 || Math.abs(scaled) >= 99.95 ? 0 : 1;
  return `${scaled.toFixed(decimals)}${space}${units[unit]}`.trim();
}

/** Milliseconds as a person says them, two units at most: "194 ms", "12 s", "2 min 55 s", "1 h 4 min". */
export function formatDuration(milliseconds: Maybe): string {
  if (!isNumber(milliseconds)) return missing;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)}${space}ms`;
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)}${space}s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds}${space}s`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** Milliseconds of an update: with a decimal below a second, which updates of small models need. */
export const formatUpdateTime = (milliseconds: number): string =>
  milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : formatDuration(milliseconds);

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const first = `${large}${space}${largeUnit}`;
  return small === 0 ? first : `${first} ${small}${space}${smallUnit}`;
}

/** A learning rate or another small number in two significant digits: "8.4e-6", "0.02". */
export function formatRate(value: Maybe): string {
  if (!isNumber(value)) return missing;
  if (value === 0) return "0";
  if (Math.abs(value) >= 1e-3) return String(Number(value.toPrecision(2)));
  return value.toExponential(1).replace(".0e", "e");
}

/** A measured number in four significant digits: "3.142", "27,560", "1.2e-7". */
export function formatNumber(value: Maybe): string {
  if (!isNumber(value)) return missing;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= tooLong)) return exponential(value);
  return significant.format(value);
}

const significant = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 });
