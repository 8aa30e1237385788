// One line of text in the studio's looks.
import { type ComponentProps, use } from "react";
import { classNames } from "./class-names.ts";
import { FieldNoteContext } from "./field-note.ts";
import styles from "./text-input.module.css";

interface TextInputProps extends Omit<ComponentProps<"input">, "onChange"> {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly invalid?: boolean;
}

export function TextInput({ onChange, invalid = false, className, ...rest }: TextInputProps) {
  const noteId = use(FieldNoteContext);
  return (
    <input
      type="text"
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={false}
      {...rest}
      className={classNames(styles.text, invalid && styles.invalid, className)}
      aria-invalid={invalid}
      aria-describedby={noteId}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
