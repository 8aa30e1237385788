// Results of classes: accuracy beside what it must beat, the confusion matrix, rows, coverage.
import { useState } from "react";
import { type ClassRows, type EvaluationRows, hasValues } from "../../config/evaluation-rows.ts";
import type { ClassResults } from "../../config/events.ts";
import { formatPercent } from "../../lib/format.ts";
import type { Run } from "../../state/run-state.ts";
import { TryIt } from "../model/try-it.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { ComparisonBars } from "./comparison-bars.tsx";
import { ConfusionPanel } from "./confusion-panel.tsx";
import { CoveragePanel } from "./coverage-panel.tsx";
import { FilePanel } from "./file-panel.tsx";
import { ResultsHead } from "./results-head.tsx";
import styles from "./results-page.module.css";
import { type Moment, type RowFilter, selectRows } from "./row-filter.ts";
import { RowsPanel } from "./rows-panel.tsx";
import { useEvaluationRows } from "./use-evaluation-rows.ts";

const words = en.results;

interface ClassResultsProps {
  readonly run: Run;
  readonly results: ClassResults;
}

export function ClassResultsView({ run, results }: ClassResultsProps) {
  const { id, dataset } = run.record;
  const rows = classRows(useEvaluationRows(id, results));
  const [filter, setFilter] = useState<RowFilter>({ kind: "mistakes" });
  const [moment, setMoment] = useState<Moment>("after");
  const [chosen, setThreshold] = useState<number | null>(null);
  const threshold = chosen ?? usualThreshold(rows);
  const onFilter = rows ? setFilter : undefined;
  const rowCount = results.confusion.flat().reduce((sum, count) => sum + count, 0);
  const { wordCounts, majority, chance } = results.baselines;
  return (
    <div className={styles.page}>
      <ResultsHead
        run={run}
        results={results}
        headline={words.headline(formatPercent(results.accuracy, 1), rowCount)}
      />
      <div className={styles.grid}>
        <Card title={words.compare}>
          <ComparisonBars
            bars={[
              { name: words.bars.after, value: results.accuracy, isModel: true },
              { name: words.bars.before, value: results.accuracyBefore },
              { name: words.bars.wordCounts, value: wordCounts, help: words.barHelp.wordCounts },
              { name: words.bars.majority, value: majority },
              { name: words.bars.chance, value: chance },
            ]}
          />
          {rows ? <Changes rows={rows} onFilter={setFilter} /> : null}
        </Card>
        <TryIt
          title={words.tryIt}
          from={{ runId: id }}
          hasPair={dataset.text_pair_column !== null}
        />
        <ConfusionPanel
          results={results}
          moment={moment}
          onMoment={setMoment}
          filter={filter}
          onFilter={onFilter}
        />
        <RowsPanel results={results} rows={rows} filter={filter} onFilter={setFilter} />
        <CoveragePanel rows={rows} threshold={threshold} onThreshold={setThreshold} />
        <FilePanel run={run} problemType={results.problem_type} threshold={threshold} />
      </div>
    </div>
  );
}

const classRows = (rows: EvaluationRows | null | undefined): ClassRows | null | undefined =>
  rows && hasValues(rows) ? null : rows;

/** 0.9 where enough rows are that sure; else what half of them reach. */
function usualThreshold(rows: ClassRows | null | undefined): number {
  const sorted = (rows?.rows ?? []).map(({ confidence }) => confidence).sort((a, b) => b - a);
  const tenth = sorted[Math.floor(sorted.length / 10)] ?? 1;
  if (tenth >= 0.9) return 0.9;
  return Math.floor((sorted[Math.floor(sorted.length / 2)] ?? 0) * 100) / 100;
}

interface ChangesProps {
  readonly rows: ClassRows;
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
