// A thin bar filled to a share. It is drawn beside its number, so screen readers skip it.
import { classNames } from "./class-names.ts";
import styles from "./meter.module.css";

type MeterTone = "muted" | "train" | "eval" | "best" | "warn" | "danger";

interface MeterProps {
  /** From 0 to 1; anything outside is cut. */
  readonly share: number;
  readonly tone?: MeterTone;
  readonly className?: string | undefined;
}

export function Meter({ share, tone = "muted", className }: MeterProps) {
  const filled = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
  return (
    <span className={classNames(styles.meter, className)} aria-hidden="true">
      <span className={styles[tone]} style={{ width: `${filled * 100}%` }} />
    </span>
  );
}
