// One score of the model and of everything it should beat, on the same rows.
import { formatFixed } from "../../lib/format.ts";
import { Meter } from "../parts/meter.tsx";
import styles from "./results-page.module.css";

export interface ComparisonBar {
  readonly name: string;
  /** Null where it was not measured: the bar is left out. */
  readonly value: number | null;
  readonly isModel?: boolean;
  readonly help?: string;
}

export function ComparisonBars({ bars }: { readonly bars: readonly ComparisonBar[] }) {
  return (
    <ul className={styles.bars}>
      {bars.map(({ name, value, isModel, help }) =>
        value === null ? null : (
          <li key={name} title={help}>
            <span>{name}</span>
            <Meter share={value} tone={isModel ? "best" : "muted"} />
            <span className="num">{formatFixed(value, 3)}</span>
          </li>
        ),
      )}
    </ul>
  );
}
