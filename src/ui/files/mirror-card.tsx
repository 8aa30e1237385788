// The folder of the user's own that runs are mirrored to. Shown only where the browser has such folders to give.
import { FolderSync } from "lucide-react";
import { actions } from "../../state/actions.ts";
import { type Mirror, useMirror } from "../../state/mirror-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import styles from "./mirror-card.module.css";

const words = en.mirror;

export function MirrorCard() {
  const mirror = useMirror();
  if (mirror.status === "unavailable") return null;
  return (
    <Card title={words.title}>
      <div className={styles.card}>
        <div className={styles.words}>
          <p className="muted small">{words.words}</p>
          {mirror.status === "none" ? null : <p role="status">{stateOf(mirror)}</p>}
        </div>
        <div className={styles.buttons}>
          {mirror.status === "asks" ? (
            <Button variant="primary" onClick={() => actions().allowMirror()}>
              {words.allow}
            </Button>
          ) : null}
          <Button onClick={() => actions().chooseMirror()}>
            <FolderSync aria-hidden="true" />
            {mirror.status === "none" ? words.choose : words.other}
          </Button>
          {mirror.status === "none" ? null : (
            <Button onClick={() => actions().forgetMirror()}>{words.stop}</Button>
          )}
        </div>
      </div>
    </Card>
  );
}

const stateOf = (mirror: Extract<Mirror, { folder: string }>) =>
  mirror.status === "asks" ? words.asks(mirror.folder) : words.chosen(mirror.folder);
