// Results of label sets: F1 beside what it must beat, figures of every label, the rows with a wrong one.
import { useState } from "react";
import type { LabelSetResults } from "../../config/events.ts";
import { formatFixed, formatNumber } from "../../lib/format.ts";
import type { Run } from "../../state/run-state.ts";
import { TryIt } from "../model/try-it.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { ClassTable } from "./class-table.tsx";
import { ComparisonBars } from "./comparison-bars.tsx";
import { FilePanel } from "./file-panel.tsx";
import { LabelSetRows } from "./label-set-rows.tsx";
import { type Figure, MetricsTable } from "./metrics-table.tsx";
import { MomentSwitch } from "./moment-switch.tsx";
import { ResultsHead } from "./results-head.tsx";
import styles from "./results-page.module.css";
import type { Moment } from "./row-filter.ts";
import { useValueRows } from "./use-evaluation-rows.ts";

const words = en.kinds.results;
const figures = (["f1", "f1_macro", "accuracy", "hamming_loss"] as const).map(
  (name): Figure => ({ name, label: words.names[name], format: formatNumber }),
);

interface LabelSetResultsProps {
  readonly run: Run;
  readonly results: LabelSetResults;
}

export function LabelSetResultsView({ run, results }: LabelSetResultsProps) {
  const { id, dataset } = run.record;
  const rows = useValueRows(id, results);
  const [moment, setMoment] = useState<Moment>("after");
  const { metrics, metricsBefore, baselines } = results;
  return (
    <div className={styles.page}>
      <ResultsHead
        run={run}
        results={results}
        headline={words.labelSetHeadline(formatFixed(metrics.f1, 3), results.rows)}
      />
      <div className={styles.grid}>
        <Card title={words.compare.f1}>
          <ComparisonBars
            bars={[
              { name: words.bars.after, value: metrics.f1, isModel: true },
              { name: words.bars.before, value: metricsBefore.f1 },
              {
                name: words.bars.wordCounts,
                value: baselines.wordCounts,
                help: words.barHelp.f1,
              },
              { name: words.bars.majority.f1, value: baselines.majority },
            ]}
          />
          <MetricsTable figures={figures} after={metrics} before={metricsBefore} />
        </Card>
        <TryIt
          title={en.results.tryIt}
          from={{ runId: id }}
          hasPair={dataset.text_pair_column !== null}
        />
        <Card title={words.perLabel} aside={<MomentSwitch moment={moment} onMoment={setMoment} />}>
          <p className="muted small">{words.threshold}</p>
          <ClassTable results={results} isBefore={moment === "before"} />
        </Card>
        <LabelSetRows rows={rows} moment={moment} />
        <FilePanel run={run} problemType={results.problem_type} threshold={0} />
      </div>
    </div>
  );
}
