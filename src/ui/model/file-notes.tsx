// What the weights file lacks or has beside the model: said once, so that nothing is dropped in silence.
import type { ModelSummary } from "../../config/model-summary.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import styles from "./file-notes.module.css";

const words = en.model.file;

export function FileNotes({ summary }: { readonly summary: ModelSummary }) {
  const { drawn, ignored, hasTokenizer } = summary;
  if (hasTokenizer && drawn.length + ignored.length === 0) return null;
  return (
    <Card title={words.title}>
      {hasTokenizer ? null : <p className={styles.note}>{words.noTokenizer}</p>}
      {drawn.length === 0 ? null : <p className={styles.note}>{words.drawn(drawn)}</p>}
      {ignored.length === 0 ? null : <p className={styles.note}>{words.ignored(ignored)}</p>}
    </Card>
  );
}
