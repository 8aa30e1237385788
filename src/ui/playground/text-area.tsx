// A text of several lines, in the studio's looks.
import { type KeyboardEvent, use } from "react";
import { FieldNoteContext } from "../parts/field-note.ts";
import styles from "./text-area.module.css";

interface TextAreaProps {
  readonly id?: string;
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly rows: number;
  /** For screen readers, where no label stands beside it. */
  readonly label?: string;
  readonly placeholder?: string;
  /** Control or Command and Enter. */
  readonly onSubmit?: () => void;
}

export function TextArea({ id, label, onChange, onSubmit, ...rest }: TextAreaProps) {
  const noteId = use(FieldNoteContext);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <textarea
      {...rest}
      id={id}
      className={styles.area}
      aria-label={label}
      aria-describedby={noteId}
      spellCheck={false}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={onKeyDown}
    />
  );
}
