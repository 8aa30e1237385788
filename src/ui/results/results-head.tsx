// The head of every kind of results: one sentence, whose weights they are, and the best checkpoint.
import type { RunResults } from "../../config/events.ts";
import { actions } from "../../state/actions.ts";
import type { Run } from "../../state/run-state.ts";
import { Button } from "../parts/button.tsx";
import { en } from "../text/en.ts";
import styles from "./results-page.module.css";

const words = en.results;

interface ResultsHeadProps {
  readonly run: Run;
  readonly results: RunResults;
  readonly headline: string;
}

export function ResultsHead({ run, results, headline }: ResultsHeadProps) {
  const { id, name } = run.record;
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        <h1>{headline}</h1>
        <p className="muted small">{words.facts(name, results.checkpoint ?? words.unsaved)}</p>
      </div>
      {run.checkpoints.length === 0 ? null : (
        <Button variant="primary" onClick={() => actions().downloadCheckpoint(id)}>
          {words.download}
        </Button>
      )}
    </header>
  );
}
