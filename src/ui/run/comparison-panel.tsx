// Scratch, head and everything on the same rows, one over the other: what pretraining is worth.
import { useEffect, useMemo, useState } from "react";
import { mainScore } from "../../config/events.ts";
import type { TrainingMode } from "../../config/run-record.ts";
import { formatDuration, formatFixed } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useChartAxis, useSmoothing } from "../../state/chart-store.ts";
import { useQueue } from "../../state/queue-store.ts";
import type { Run } from "../../state/run-state.ts";
import { useLoadedRuns, useStoredRuns } from "../../state/run-store.ts";
import { Chart } from "../charts/chart.tsx";
import { type Curve, type CurveTone, seriesOf } from "../charts/curve.ts";
import { Legend } from "../charts/legend.tsx";
import { smooth } from "../charts/smooth.ts";
import { Card } from "../parts/card.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { en } from "../text/en.ts";
import { baselineLevels } from "./baseline-levels.ts";
import { bestScore, type Compared, comparedRuns, judgeComparison } from "./comparison.ts";
import styles from "./comparison-panel.module.css";
import { plannedEnd } from "./run-axis.ts";

const words = en.comparison;

const tones: Record<TrainingMode, CurveTone> = {
  scratch: "muted",
  head: "eval",
  last: "best",
  full: "train",
};
type Metric = keyof typeof words.metrics;

export function ComparisonPanel({ run }: { readonly run: Run }) {
  const { comparison } = run.record;
  const stored = useStoredRuns();
  const queue = useQueue();
  const loaded = useLoadedRuns();
  const runs = useMemo(
    () => (comparison === null ? [] : comparedRuns(comparison, stored, queue, loaded)),
    [comparison, stored, queue, loaded],
  );
  const unread = runs
    .filter((each) => each.run === null && !each.isQueued)
    .map(({ record }) => record.id)
    .join(" ");
  useEffect(() => {
    if (unread !== "") actions().loadRuns(unread.split(" "));
  }, [unread]);
  if (comparison === null || runs.length < 2) return null;
  return (
    <Card>
      <Overlay id={comparison} runs={runs} />
      <p className={styles.verdict}>{judgeComparison(runs)}</p>
      <Table runs={runs} shown={run.record.id} />
    </Card>
  );
}

interface OverlayProps {
  readonly id: string;
  readonly runs: readonly Compared[];
}

function Overlay({ id, runs }: OverlayProps) {
  const axis = useChartAxis();
  const smoothing = useSmoothing();
  const [metric, setMetric] = useState<Metric>("score");
  const read = runs.flatMap(({ run }) => run ?? []);
  const curves = read.map((run): Curve => {
    const name = words.names[run.record.mode];
    const tone = tones[run.record.mode];
    const series = {
      score: () => seriesOf(run.evaluationRows, axis, (row) => mainScore(row).value),
      evaluation: () => seriesOf(run.evaluationRows, axis, (row) => row.eval_loss),
      training: () =>
        smooth(
          seriesOf(run.trainRows, axis, (row) => row.loss),
          smoothing,
        ),
    }[metric]();
    return metric === "training" ? { name, tone, series } : { name, tone, series, look: "dots" };
  });
  const baselines = read.find((run) => run.baselines !== null)?.baselines;
  const levels = metric === "score" ? baselineLevels(baselines) : [];
  return (
    <Chart
      title={words.title}
      fileName={`comparison-${metric}`}
      group={id}
      aside={
        <Segmented
          label={words.metric}
          value={metric}
          onChange={setMetric}
          options={(["score", "evaluation", "training"] as const).map((value) => ({
            value,
            label: words.metrics[value],
          }))}
        />
      }
      value={
        <Legend
          entries={curves.map(({ name, tone, series }) => ({
            name,
            tone,
            value: formatFixed(series.ys.at(-1), 3),
          }))}
        />
      }
      waiting={words.none}
      curves={curves}
      last={read.reduce((most, run) => Math.max(most, plannedEnd(run, axis)), 0)}
      height={280}
      format={short}
      levels={levels}
      summary={words.summary(words.metrics[metric], read.length)}
    />
  );
}

const short = (value: number) => String(Number(value.toPrecision(3)));

interface TableProps {
  readonly runs: readonly Compared[];
  readonly shown: string;
}

function Table({ runs, shown }: TableProps) {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          {Object.values(words.columns).map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {runs.map(({ record, run, isQueued }) => (
          <tr key={record.id} aria-current={record.id === shown ? "true" : undefined}>
            <th scope="row">
              {record.id === shown || isQueued ? (
                words.names[record.mode]
              ) : (
                <button
                  type="button"
                  className="link"
                  aria-label={words.show(record.name)}
                  onClick={() => actions().openRun(record.id)}
                >
                  {words.names[record.mode]}
                </button>
              )}
            </th>
            <td className="num">{formatFixed(bestScore(run), 3)}</td>
            <td className="num">{formatFixed(run?.evaluationRows.at(-1)?.eval_loss, 3)}</td>
            <td className="num">{run === null ? "–" : formatDuration(run.clock.elapsed)}</td>
            <td>{isQueued ? words.waiting : run === null ? "–" : en.run.phases[run.phase]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
