// A dashed field to drop a file on or to click. Dropping itself is the whole page's (shell/drop-anywhere.tsx).
import { Upload } from "lucide-react";
import { type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";
import styles from "./drop-zone.module.css";
import { FileInput, type FileInputProps } from "./file-input.tsx";

interface DropZoneProps extends FileInputProps {
  readonly title: ReactNode;
  /** The second line; its `<u>` is the words to click. */
  readonly children: ReactNode;
  readonly size?: "small";
}

export function DropZone({ title, children, size, ...input }: DropZoneProps) {
  const id = useId();
  return (
    <label htmlFor={id} className={classNames(styles.zone, size && styles[size])}>
      <FileInput id={id} {...input} />
      <Upload aria-hidden="true" />
      <span className={styles.title}>{title}</span>
      <span className={styles.words}>{children}</span>
    </label>
  );
}
