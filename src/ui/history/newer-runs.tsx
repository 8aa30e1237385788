// Runs that only a newer studio can open: their record as it is stored, their files, and a zip of both. Nothing here changes them.
import { actions } from "../../state/actions.ts";
import { goTo, useNewerRuns } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./newer-runs.module.css";

const words = en.resume.newer;

export function NewerRuns() {
  const runs = useNewerRuns();
  if (runs.length === 0) return null;
  return (
    <Card title={words.title}>
      <ul className={styles.list}>
        {runs.map(({ id, name, outputDir, text }) => (
          <li key={id}>
            <div className={styles.row}>
              <b>{name}</b>
              <Tag>{words.mark}</Tag>
              <span className="muted small">{outputDir}</span>
              <span className={styles.buttons}>
                <Button
                  size="small"
                  aria-label={words.filesName(name)}
                  onClick={() => goTo("files")}
                >
                  {words.files}
                </Button>
                <Button
                  size="small"
                  aria-label={words.exportName(name)}
                  onClick={() => actions().exportRun(id)}
                >
                  {words.export}
                </Button>
              </span>
            </div>
            <details>
              <summary className="small">{words.record}</summary>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
              <pre className={styles.text} tabIndex={0}>
                {text}
              </pre>
            </details>
          </li>
        ))}
      </ul>
    </Card>
  );
}
