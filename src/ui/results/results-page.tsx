// How the run's final model does on the held-out rows, beside what simpler means reach.
import { ClipboardCheck } from "lucide-react";
import { useState } from "react";
import type { EvaluationRows } from "../../config/evaluation-rows.ts";
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
import { CoveragePanel } from "./coverage-panel.tsx";
import { FilePanel } from "./file-panel.tsx";
import styles from "./results-page.module.css";
import { type Moment, type RowFilter, selectRows } from "./row-filter.ts";
import { RowsPanel } from "./rows-panel.tsx";
import { useEvaluationRows } from "./use-evaluation-rows.ts";

const words = en.results;

export function ResultsPage() {
  const run = useRun();
  if (run?.results == null) return <NoResults run={run} />;
  // The key drops the filter of another run's rows.
  return <Results key={run.record.id} run={run} results={run.results} />;
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
  const { id, name } = run.record;
  const rows = useEvaluationRows(id, results);
  const [filter, setFilter] = useState<RowFilter>({ kind: "mistakes" });
  const [moment, setMoment] = useState<Moment>("after");
  const [chosen, setThreshold] = useState<number | null>(null);
  const threshold = chosen ?? usualThreshold(rows);
  const onFilter = rows ? setFilter : undefined;
  const rowCount = results.confusion.flat().reduce((sum, count) => sum + count, 0);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.title}>
          <h1>{words.headline(formatPercent(results.accuracy, 1), rowCount)}</h1>
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
          {rows ? <Changes rows={rows} onFilter={setFilter} /> : null}
        </Card>
        <TryIt title={words.tryIt} from={{ runId: id }} />
        <ConfusionPanel
          results={results}
          moment={moment}
          onMoment={setMoment}
          filter={filter}
          onFilter={onFilter}
        />
        <RowsPanel results={results} rows={rows} filter={filter} onFilter={setFilter} />
        <CoveragePanel rows={rows} threshold={threshold} onThreshold={setThreshold} />
        {run.checkpoints.length === 0 ? null : <FilePanel runId={id} threshold={threshold} />}
      </div>
    </div>
  );
}

/** 0.9 where enough rows are that sure; else what half of them reach. */
function usualThreshold(rows: EvaluationRows | null | undefined): number {
  const sorted = (rows?.rows ?? []).map(({ confidence }) => confidence).sort((a, b) => b - a);
  const tenth = sorted[Math.floor(sorted.length / 10)] ?? 1;
  if (tenth >= 0.9) return 0.9;
  return Math.floor((sorted[Math.floor(sorted.length / 2)] ?? 0) * 100) / 100;
}

interface ChangesProps {
  readonly rows: EvaluationRows;
  readonly onFilter: (filter: RowFilter) => void;
}

/** How many rows training has changed for the better and for the worse; each number lists them. */
function Changes({ rows, onFilter }: ChangesProps) {
  return (
    <ul className={styles.changes}>
      {(["fixed", "broken"] as const).map((kind) => (
        <li key={kind}>
          <button type="button" className="link small" onClick={() => onFilter({ kind })}>
            {words.changed[kind](selectRows(rows, { kind }).length)}
          </button>
        </li>
      ))}
    </ul>
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
