// How every refusal looks: what happened, what to do, and where there is one, the button that does it.
import { CircleAlert, Info } from "lucide-react";
import type { ReactNode } from "react";
import type { ErrorRecord } from "../../lib/errors.ts";
import { classNames } from "./class-names.ts";
import styles from "./error-note.module.css";

interface ErrorNoteProps {
  readonly error: Pick<ErrorRecord, "message" | "hint">;
  readonly action?: ReactNode;
  /** `warning` for what can be gone on with, `plain` for what is only good to know. */
  readonly tone?: "danger" | "warning" | "plain";
}

export function ErrorNote({ error, action, tone = "danger" }: ErrorNoteProps) {
  return (
    <div
      role={tone === "plain" ? "note" : "alert"}
      className={classNames(styles.note, styles[tone])}
    >
      {tone === "plain" ? <Info aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
      <div className={styles.words}>
        <p className={styles.message}>{error.message}</p>
        {error.hint === undefined ? null : <p className={styles.hint}>{error.hint}</p>}
      </div>
      {action === undefined ? null : <div className={styles.action}>{action}</div>}
    </div>
  );
}
