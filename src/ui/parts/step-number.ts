// The arithmetic behind a number field's less and more.

interface Limits {
  /** What one press changes. "leading digit" suits values over many magnitudes: 0.0009, 0.001, 0.002. */
  readonly step: number | "leading digit";
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
  const change = step === "leading digit" ? leadingDigit(typed, direction) : step;
  const moved = Number.isFinite(typed) ? typed + direction * change : change;
  return String(Math.min(max, Math.max(min, Number(moved.toPrecision(12)))));
}

/** One unit of the first digit; down from 0.001 the next magnitude's, for 0.0009. */
function leadingDigit(value: number, direction: 1 | -1): number {
  if (!(value > 0)) return smallestChange;
  // Rounded, because log10(0.001) is not quite -3.
  const logarithm = Number(Math.log10(value).toFixed(12));
  const magnitude = Math.floor(logarithm);
  const isPower = logarithm === magnitude;
  return 10 ** (direction < 0 && isPower ? magnitude - 1 : magnitude);
}

/** From zero or an empty field. */
const smallestChange = 1e-5;
