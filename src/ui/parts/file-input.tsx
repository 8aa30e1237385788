// The file input inside a label that looks like something else: clear, but there for focus, keyboard and automation.
import styles from "./file-input.module.css";

export interface FileInputProps {
  readonly name: string;
  /** Endings, not types: Windows gives a CSV file whatever type its spreadsheet claims. */
  readonly accept: string;
  readonly multiple?: boolean;
  /** Never called with an empty list. */
  readonly onFiles: (files: readonly File[]) => void;
}

export function FileInput({
  id,
  name,
  accept,
  multiple = false,
  onFiles,
}: FileInputProps & { readonly id: string }) {
  return (
    <input
      type="file"
      className={styles.input}
      id={id}
      name={name}
      accept={accept}
      multiple={multiple}
      onChange={(event) => {
        const files = [...(event.target.files ?? [])];
        // The same file can be chosen again after it was mended.
        event.target.value = "";
        if (files.length > 0) onFiles(files);
      }}
    />
  );
}
