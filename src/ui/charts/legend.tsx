// The curves of a chart by name, each with its newest value.

import type { CurveTone } from "./curve.ts";
import styles from "./legend.module.css";

interface LegendProps {
  readonly entries: readonly {
    readonly name: string;
    readonly tone: CurveTone;
    readonly value: string;
  }[];
}

export function Legend({ entries }: LegendProps) {
  return (
    <span className={styles.legend}>
      {entries.map(({ name, tone, value }) => (
        <span key={name}>
          <i data-tone={tone} />
          {name} <b className="num">{value}</b>
        </span>
      ))}
    </span>
  );
}
