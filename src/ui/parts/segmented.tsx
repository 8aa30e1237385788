// One choice of a few, side by side. Native radio buttons underneath: arrow keys and screen readers know them.
import { type ReactNode, useId } from "react";
import styles from "./segmented.module.css";

interface SegmentedOption<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** Shown in place of the label, which stays as the name for screen readers. */
  readonly icon?: ReactNode;
}

interface SegmentedProps<Value extends string> {
  /** What is chosen, for screen readers. */
  readonly label: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly options: readonly SegmentedOption<Value>[];
}

export function Segmented<Value extends string>(props: SegmentedProps<Value>) {
  const group = useId();
  return (
    <div className={styles.segmented} role="radiogroup" aria-label={props.label}>
      {props.options.map(({ value, label, icon }) => (
        <label key={value} title={icon === undefined ? undefined : label}>
          <input
            type="radio"
            name={group}
            value={value}
            checked={value === props.value}
            aria-label={label}
            onChange={() => props.onChange(value)}
          />
          <span>{icon ?? label}</span>
        </label>
      ))}
    </div>
  );
}
