// A button that asks for a file.
import { type ReactNode, useId } from "react";
import button from "./button.module.css";
import { classNames } from "./class-names.ts";
import styles from "./file-button.module.css";
import { FileInput, type FileInputProps } from "./file-input.tsx";

interface FileButtonProps extends FileInputProps {
  readonly children: ReactNode;
}

export function FileButton({ children, ...input }: FileButtonProps) {
  const id = useId();
  return (
    <label htmlFor={id} className={classNames(button.button, button.secondary, styles.label)}>
      <FileInput id={id} {...input} />
      {children}
    </label>
  );
}
