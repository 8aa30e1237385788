// How the run's final model does on the held-out rows, beside what simpler means reach.
import { ClipboardCheck } from "lucide-react";
import type { RunResults } from "../../config/events.ts";
import { formatFixed, formatPercent } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { isLive, type Run } from "../../state/run-state.ts";
import { useRun } from "../../state/run-store.ts";
import { goTo } from "../../state/studio-store.ts";
import { TryIt } from "../model/try-it.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import { ConfusionPanel } from "./confusion-panel.tsx";
import { MistakesPanel } from "./mistakes-panel.tsx";
import styles from "./results-page.module.css";

const words = en.results;

export function ResultsPage() {
  const run = useRun();
  if (run?.results == null) return <NoResults run={run} />;
  return <Results run={run} results={run.results} />;
}

function NoResults({ run }: { readonly run: Run | null }) {
  const text =
    run === null ? words.noneWords : isLive(run) ? words.going(run.record.name) : words.unscored;
  return (
    <EmptyState
      icon={<ClipboardCheck aria-hidden="true" />}
      title={words.none}
      action={
        <Button onClick={() => goTo(run === null ? "training" : "run")}>
          {run === null ? en.run.toTraining : words.toRun}
        </Button>
      }
    >
      {text}
    </EmptyState>
  );
}

interface ResultsProps {
  readonly run: Run;
  readonly results: RunResults;
}

function Results({ run, results }: ResultsProps) {
  const rows = results.confusion.flat().reduce((sum, count) => sum + count, 0);
  const { id, name } = run.record;
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.title}>
          <h1>{words.headline(formatPercent(results.accuracy, 1), rows)}</h1>
          <p className="muted small">{words.facts(name, results.checkpoint ?? words.unsaved)}</p>
        </div>
        {run.checkpoints.length === 0 ? null : (
          <Button variant="primary" onClick={() => actions().downloadCheckpoint(id)}>
            {words.download}
          </Button>
        )}
      </header>
      <div className={styles.grid}>
        <Card title={words.compare}>
          <Comparison results={results} />
        </Card>
        <TryIt title={words.tryIt} from={{ runId: id }} />
        <ConfusionPanel results={results} />
        <MistakesPanel results={results} />
      </div>
    </div>
  );
}

/** Accuracy of the model and of everything it should beat, on the same rows. */
function Comparison({ results }: { readonly results: RunResults }) {
  const { wordCounts, majority, chance } = results.baselines;
  const bars = [
    { key: "after", value: results.accuracy },
    { key: "before", value: results.accuracyBefore },
    { key: "wordCounts", value: wordCounts },
    { key: "majority", value: majority },
    { key: "chance", value: chance },
  ] as const;
  return (
    <ul className={styles.bars}>
      {bars.map(({ key, value }) => (
        <li key={key} title={key === "wordCounts" ? words.barHelp.wordCounts : undefined}>
          <span>{words.bars[key]}</span>
          <Meter share={value} tone={key === "after" ? "best" : "muted"} />
          <span className="num">{formatFixed(value, 3)}</span>
        </li>
      ))}
    </ul>
  );
}
