// A check box with its label beside it and, where it is an argument, the argument's name below.
import { Check } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./toggle.module.css";

interface ToggleProps {
  readonly name: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly label: ReactNode;
  readonly hfName?: string;
  readonly disabled?: boolean;
}

export function Toggle({ name, checked, onChange, label, hfName, disabled }: ToggleProps) {
  return (
    <label className={styles.toggle}>
      <input
        type="checkbox"
        name={name}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className={styles.box}>
        <Check aria-hidden="true" />
      </span>
      <span className={styles.words}>
        {label}
        {hfName === undefined ? null : <code>{hfName}</code>}
      </span>
    </label>
  );
}
