// What was just deleted, with the way back. It stands over every page until the time to undo is over.
import { actions } from "../../state/actions.ts";
import { useRemovals } from "../../state/removal-store.ts";
import { Button } from "../parts/button.tsx";
import { en } from "../text/en.ts";
import styles from "./undo-notes.module.css";

const words = en.undo;

export function UndoNotes() {
  const removals = useRemovals();
  return (
    <div className={styles.notes} role="status" aria-live="polite">
      {removals.map(({ key, name }) => (
        <p key={key} className={styles.note}>
          <span className={styles.words}>{words.deleted(name)}</span>
          <Button
            size="small"
            aria-label={words.undoName(name)}
            onClick={() => actions().undoRemoval(key)}
          >
            {words.undo}
          </Button>
        </p>
      ))}
    </div>
  );
}
