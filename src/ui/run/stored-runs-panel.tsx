// Every run in the browser's storage: show one, or delete it.
import { useRef, useState } from "react";
import { type ErrorRecord, toErrorRecord } from "../../lib/errors.ts";
import { actions } from "../../state/actions.ts";
import { type StoredRun, useRun, useStoredRuns } from "../../state/run-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";
import styles from "./stored-runs-panel.module.css";

const words = en.run;

export function StoredRunsPanel() {
  const stored = useStoredRuns();
  const shown = useRun()?.record.id;
  const dialog = useRef<HTMLDialogElement>(null);
  const [doomed, setDoomed] = useState<StoredRun | null>(null);
  const [error, setError] = useState<ErrorRecord | null>(null);
  if (stored.length === 0) return null;

  const ask = (entry: StoredRun) => {
    setDoomed(entry);
    setError(null);
    dialog.current?.showModal();
  };
  const remove = async () => {
    if (doomed === null) return;
    try {
      await actions().deleteRun(doomed.record.id);
      dialog.current?.close();
    } catch (caught) {
      setError(toErrorRecord(caught));
    }
  };
  return (
    <Card title={words.runs} className={styles.card}>
      <ul className={styles.list}>
        {stored.map((entry) => (
          <StoredRunRow
            key={entry.record.id}
            entry={entry}
            isShown={entry.record.id === shown}
            onRemove={() => ask(entry)}
          />
        ))}
      </ul>
      <dialog ref={dialog} className={styles.dialog} aria-labelledby="remove-title">
        <h2 id="remove-title">{words.removeTitle(doomed?.record.name ?? "")}</h2>
        <p className="muted">{words.removeWords}</p>
        {error === null ? null : <ErrorNote error={error} />}
        <div className={styles.buttons}>
          <Button onClick={() => dialog.current?.close()}>{words.cancel}</Button>
          <Button variant="primary" onClick={remove}>
            {words.removeConfirm}
          </Button>
        </div>
      </dialog>
    </Card>
  );
}

interface RowProps {
  readonly entry: StoredRun;
  readonly isShown: boolean;
  readonly onRemove: () => void;
}

const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

function StoredRunRow({ entry, isShown, onRemove }: RowProps) {
  const { record, status, interrupted } = entry;
  const phase = interrupted
    ? "interrupted"
    : status.phase === "running"
      ? "training"
      : status.phase;
  return (
    <li aria-current={isShown ? "true" : undefined}>
      <b className={styles.name}>{record.name}</b>
      <span className="muted small">{date.format(new Date(record.created_at))}</span>
      <span className="muted small">{words.modes[record.mode]}</span>
      <span className="num small">{words.step(status.step, status.max_steps)}</span>
      <span className="muted small">{words.phases[phase]}</span>
      <span className={styles.buttons}>
        {isShown ? null : (
          <Button
            size="small"
            aria-label={words.showName(record.name)}
            onClick={() => actions().openRun(record.id)}
          >
            {words.show}
          </Button>
        )}
        <Button
          size="small"
          variant="quiet"
          aria-label={words.removeName(record.name)}
          disabled={phase === "training"}
          onClick={onRemove}
        >
          {words.remove}
        </Button>
      </span>
    </li>
  );
}
