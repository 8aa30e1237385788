// A number as it is typed, with a button less and a button more. It keeps half-typed text: reading it is the form's work.
import { Minus, Plus } from "lucide-react";
import { type KeyboardEvent, use } from "react";
import { en } from "../text/en.ts";
import { classNames } from "./class-names.ts";
import { FieldNoteContext } from "./field-note.ts";
import styles from "./number-input.module.css";
import { stepNumber } from "./step-number.ts";

interface NumberInputProps {
  readonly name: string;
  readonly id: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onBlur?: () => void;
  readonly step: number | "leading digit";
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly placeholder?: string | undefined;
  readonly invalid?: boolean;
  readonly disabled?: boolean;
}

export function NumberInput(props: NumberInputProps) {
  const { name, id, value, onChange, onBlur, step, min, max, placeholder, disabled } = props;
  const noteId = use(FieldNoteContext);
  const change = (direction: 1 | -1) => onChange(stepNumber(value, direction, { step, min, max }));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    change(event.key === "ArrowUp" ? 1 : -1);
  };
  return (
    <div className={classNames(styles.stepper, props.invalid && styles.invalid)}>
      <input
        // Not type="number": that throws half-typed text away and changes under the mouse wheel.
        type="text"
        inputMode="decimal"
        autoComplete="off"
        spellCheck={false}
        name={name}
        id={id}
        value={value}
        placeholder={placeholder}
        disabled={disabled}
        aria-invalid={props.invalid === true}
        aria-describedby={noteId}
        onChange={(event) => onChange(event.target.value)}
        onBlur={onBlur}
        onKeyDown={onKeyDown}
      />
      <StepButton label={en.parts.less(name)} disabled={disabled} onClick={() => change(-1)}>
        <Minus aria-hidden="true" />
      </StepButton>
      <StepButton label={en.parts.more(name)} disabled={disabled} onClick={() => change(1)}>
        <Plus aria-hidden="true" />
      </StepButton>
    </div>
  );
}

interface StepButtonProps {
  readonly label: string;
  readonly disabled: boolean | undefined;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
}

/** Out of the tab order: the arrow keys do the same in the field. */
function StepButton({ label, disabled, onClick, children }: StepButtonProps) {
  return (
    <button type="button" tabIndex={-1} aria-label={label} disabled={disabled} onClick={onClick}>
      {children}
    </button>
  );
}
