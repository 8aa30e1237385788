// A labelled control: plain label, the record's own name under it, the control, and one line of help or what is wrong.
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import styles from "./field.module.css";
import { FieldNoteContext } from "./field-note.ts";

interface FieldProps {
  readonly label: string;
  /** The name in the record, as Hugging Face spells it. */
  readonly name: string;
  readonly help?: ReactNode;
  /** What is wrong; stands in place of the help. */
  readonly error?: string | undefined;
  /** `id` of the control. */
  readonly htmlFor: string;
  readonly children: ReactNode;
  readonly className?: string | undefined;
}

export function Field({ label, name, help, error, htmlFor, children, className }: FieldProps) {
  const note = error ?? help;
  const noteId = note === undefined ? undefined : `${htmlFor}-note`;
  return (
    <div className={classNames(styles.field, className)}>
      <label className={styles.label} htmlFor={htmlFor}>
        {label}
        <code>{name}</code>
      </label>
      <FieldNoteContext value={noteId}>{children}</FieldNoteContext>
      {note === undefined ? null : (
        <p id={noteId} className={error === undefined ? styles.help : styles.error}>
          {note}
        </p>
      )}
    </div>
  );
}
