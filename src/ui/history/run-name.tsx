// A run's name, and the field that changes it: Enter or leaving it keeps the new name, Escape the old one.
import { useState } from "react";
import { toErrorRecord } from "../../lib/errors.ts";
import { actions } from "../../state/actions.ts";
import { setNotice } from "../../state/studio-store.ts";
import { en } from "../text/en.ts";
import styles from "./run-name.module.css";

interface RunNameProps {
  readonly runId: string;
  readonly name: string;
  readonly isRenaming: boolean;
  readonly onDone: () => void;
}

export function RunName({ runId, name, isRenaming, onDone }: RunNameProps) {
  if (!isRenaming) return <span className={styles.name}>{name}</span>;
  return <NameField runId={runId} name={name} onDone={onDone} />;
}

function NameField({ runId, name, onDone }: Omit<RunNameProps, "isRenaming">) {
  const [typed, setTyped] = useState(name);
  const keep = () => {
    actions()
      .renameRun(runId, typed)
      .catch((error: unknown) => setNotice(toErrorRecord(error)));
    onDone();
  };
  return (
    <input
      className={styles.field}
      name="run_new_name"
      aria-label={en.history.newName(name)}
      value={typed}
      maxLength={120}
      autoComplete="off"
      spellCheck={false}
      // The user has just asked for this field.
      ref={(field) => field?.focus()}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") keep();
        if (event.key === "Escape") onDone();
      }}
    />
  );
}
