// Erasing everything, for a machine that others use too. It asks once, and says what goes.
import { Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { type ErrorRecord, toErrorRecord } from "../../lib/errors.ts";
import { formatBytes } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useStoredRuns } from "../../state/run-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";
import styles from "./erase-card.module.css";

const words = en.files.erase;

export function EraseCard({ bytes }: { readonly bytes: number }) {
  const runs = useStoredRuns().length;
  const dialog = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<ErrorRecord | null>(null);
  const [isErasing, setIsErasing] = useState(false);
  const ask = () => {
    setError(null);
    dialog.current?.showModal();
  };
  const erase = async () => {
    setIsErasing(true);
    try {
      await actions().eraseEverything();
    } catch (caught) {
      setError(toErrorRecord(caught));
      setIsErasing(false);
    }
  };
  return (
    <Card title={words.title}>
      <div className={styles.card}>
        <p className="muted small">{words.words}</p>
        <Button onClick={ask}>
          <Trash2 aria-hidden="true" />
          {words.button}
        </Button>
      </div>
      <dialog ref={dialog} className={styles.dialog} aria-labelledby="erase-title">
        <h2 id="erase-title">{words.confirmTitle}</h2>
        <p className="muted">{words.confirmWords(runs, formatBytes(bytes))}</p>
        {error === null ? null : <ErrorNote error={error} />}
        <div className={styles.buttons}>
          <Button onClick={() => dialog.current?.close()}>{words.cancel}</Button>
          <Button variant="primary" disabled={isErasing} onClick={erase}>
            {words.confirm}
          </Button>
        </div>
      </dialog>
    </Card>
  );
}
