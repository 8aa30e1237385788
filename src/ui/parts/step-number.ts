// The arithmetic behind a number field's less and more.

interface Limits {
  readonly step: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/**
 * The typed number one step on, within its limits and without binary noise (0.1 + 0.2 gives "0.3").
 * From an empty field, or text that is no number, it starts at the first whole step that the limits allow.
 */
export function stepNumber(value: string, direction: 1 | -1, limits: Limits): string {
  const { step, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = limits;
  const typed = value.trim() === "" ? Number.NaN : Number(value);
  const moved = Number.isFinite(typed) ? typed + direction * step : step;
  return String(Math.min(max, Math.max(min, Number(moved.toPrecision(12)))));
}
