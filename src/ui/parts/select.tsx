// A native drop-down in the studio's looks: the browser's own list works everywhere, from the keyboard and for automation.
import { ChevronDown } from "lucide-react";
import { use } from "react";
import { classNames } from "./class-names.ts";
import { FieldNoteContext } from "./field-note.ts";
import styles from "./select.module.css";

interface SelectOption {
  readonly value: string;
  readonly label: string;
}

interface SelectProps {
  readonly name: string;
  readonly id: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly SelectOption[];
  /** Its name where no label stands beside it. */
  readonly label?: string;
  readonly disabled?: boolean;
  readonly className?: string | undefined;
}

export function Select(props: SelectProps) {
  const { name, id, value, onChange, options, label, disabled, className } = props;
  const noteId = use(FieldNoteContext);
  return (
    <div className={classNames(styles.select, className)}>
      <select
        name={name}
        id={id}
        value={value}
        disabled={disabled}
        aria-label={label}
        aria-describedby={noteId}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden="true" />
    </div>
  );
}
