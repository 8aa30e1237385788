// Results of a regression: explained variance beside what it must beat, predicted over true, errors, the worst rows.
import { useState } from "react";
import type { RegressionResults } from "../../config/events.ts";
import { formatFixed, formatNumber } from "../../lib/format.ts";
import type { Run } from "../../state/run-state.ts";
import { TryIt } from "../model/try-it.tsx";
import { Card } from "../parts/card.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import { ComparisonBars } from "./comparison-bars.tsx";
import { FilePanel } from "./file-panel.tsx";
import { type Figure, MetricsTable } from "./metrics-table.tsx";
import { MomentSwitch } from "./moment-switch.tsx";
import { numberAnswers } from "./number-answers.ts";
import { ResidualsChart } from "./residuals-chart.tsx";
import { ResultsHead } from "./results-head.tsx";
import styles from "./results-page.module.css";
import type { Moment } from "./row-filter.ts";
import { ScatterChart } from "./scatter-chart.tsx";
import { useValueRows } from "./use-evaluation-rows.ts";
import { WorstRows } from "./worst-rows.tsx";

const words = en.kinds.results;
const figures = (["r2", "pearson", "rmse", "mae", "mse"] as const).map(
  (name): Figure => ({ name, label: words.names[name], format: formatNumber }),
);

interface RegressionResultsProps {
  readonly run: Run;
  readonly results: RegressionResults;
}

export function RegressionResultsView({ run, results }: RegressionResultsProps) {
  const { id, dataset } = run.record;
  const rows = useValueRows(id, results);
  const [target, setTarget] = useState(0);
  const [moment, setMoment] = useState<Moment>("after");
  const { labels, metrics, metricsBefore, baselines } = results;
  const own = results.targets[target];
  const answers = numberAnswers(rows, target, moment);
  const name = labels[target] ?? "";
  return (
    <div className={styles.page}>
      <ResultsHead
        run={run}
        results={results}
        headline={words.regressionHeadline(formatFixed(metrics.r2, 3), results.rows)}
      />
      <div className={styles.grid}>
        <Card title={words.compare.r2}>
          <ComparisonBars
            bars={[
              { name: words.bars.after, value: metrics.r2 ?? null, isModel: true },
              { name: words.bars.before, value: metricsBefore.r2 ?? null },
              {
                name: words.bars.wordCounts,
                value: baselines.wordCounts,
                help: words.barHelp.r2,
              },
              { name: words.bars.majority.r2, value: baselines.majority },
            ]}
          />
          {labels.length < 2 ? null : <TargetSelect {...{ labels, target, setTarget }} />}
          <MetricsTable
            figures={figures}
            after={own?.after ?? metrics}
            before={own?.before ?? metricsBefore}
          />
        </Card>
        <TryIt
          title={en.results.tryIt}
          from={{ runId: id }}
          hasPair={dataset.text_pair_column !== null}
        />
        <Card title={words.scatter} aside={<MomentSwitch moment={moment} onMoment={setMoment} />}>
          {answers === null ? (
            <p className="muted small">{words.unkept}</p>
          ) : answers.length === 0 ? null : (
            <>
              <ScatterChart name={name} points={answers} />
              <h3 className={styles.sub}>{words.residuals}</h3>
              <ResidualsChart
                name={name}
                errors={answers.map(({ truth, predicted }) => predicted - truth)}
              />
            </>
          )}
        </Card>
        <WorstRows answers={answers} />
        <FilePanel run={run} problemType={results.problem_type} threshold={0} />
      </div>
    </div>
  );
}

interface TargetSelectProps {
  readonly labels: readonly string[];
  readonly target: number;
  readonly setTarget: (target: number) => void;
}

function TargetSelect({ labels, target, setTarget }: TargetSelectProps) {
  return (
    <label className={styles.target} htmlFor="result_target">
      {words.target}
      <Select
        name="result_target"
        id="result_target"
        value={String(target)}
        onChange={(value) => setTarget(Number(value))}
        options={labels.map((label, id) => ({ value: String(id), label }))}
      />
    </label>
  );
}
