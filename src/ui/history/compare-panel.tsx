// Two runs, one over the other: a curve each, how they ended, and the settings in which they differ.
import { useEffect, useState } from "react";
import { mainScore } from "../../config/events.ts";
import { formatDuration, formatFixed } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useChartAxis, useSmoothing } from "../../state/chart-store.ts";
import type { Run } from "../../state/run-state.ts";
import { type StoredRun, useLoadedRuns } from "../../state/run-store.ts";
import { Chart } from "../charts/chart.tsx";
import { ChartControls } from "../charts/chart-controls.tsx";
import { type Curve, type CurveTone, seriesOf } from "../charts/curve.ts";
import { Legend } from "../charts/legend.tsx";
import { smooth } from "../charts/smooth.ts";
import { Card } from "../parts/card.tsx";
import { Loading } from "../parts/loading.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { plannedEnd } from "../run/run-axis.ts";
import { en } from "../text/en.ts";
import styles from "./compare-panel.module.css";
import { differences } from "./differences.ts";

const words = en.history.compare;

const metrics = ["score", "evaluation", "training"] as const;
type Metric = (typeof metrics)[number];
const tones: readonly CurveTone[] = ["train", "eval"];

export function ComparePanel({ pair }: { readonly pair: readonly [StoredRun, StoredRun] }) {
  const loaded = useLoadedRuns();
  const unread = pair
    .map(({ record }) => record.id)
    .filter((id) => !loaded.has(id))
    .join(" ");
  useEffect(() => {
    if (unread !== "") actions().loadRuns(unread.split(" "));
  }, [unread]);
  const [a, b] = pair.map(({ record }) => loaded.get(record.id));
  if (a === undefined || b === undefined) {
    return (
      <Card>
        <Loading title={words.loading} />
      </Card>
    );
  }
  return (
    <Card>
      <Overlay runs={[a, b]} />
      <ChartControls />
      <Settings pair={pair} runs={[a, b]} />
    </Card>
  );
}

function Overlay({ runs }: { readonly runs: readonly [Run, Run] }) {
  const axis = useChartAxis();
  const smoothing = useSmoothing();
  const [metric, setMetric] = useState<Metric>("evaluation");
  const curves = runs.map((run, index): Curve => {
    const name = run.record.name;
    const tone = tones[index] ?? "muted";
    if (metric === "training") {
      const raw = seriesOf(run.trainRows, axis, ({ loss }) => loss);
      return { name, tone, series: smooth(raw, smoothing) };
    }
    const series = seriesOf(run.evaluationRows, axis, (row) =>
      metric === "score" ? mainScore(row).value : row.eval_loss,
    );
    return { name, tone, series, look: "dots" };
  });
  const [a, b] = runs;
  return (
    <Chart
      title={words.title}
      fileName={`${a.record.name}-${b.record.name}-${metric}`}
      group={`compare ${a.record.id} ${b.record.id}`}
      aside={
        <Segmented
          label={en.comparison.metric}
          value={metric}
          onChange={setMetric}
          options={metrics.map((value) => ({ value, label: en.comparison.metrics[value] }))}
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
      waiting={en.comparison.none}
      curves={curves}
      last={Math.max(plannedEnd(a, axis), plannedEnd(b, axis))}
      height={280}
      format={short}
      summary={words.summary(a.record.name, b.record.name)}
    />
  );
}

interface SettingsProps {
  readonly pair: readonly [StoredRun, StoredRun];
  readonly runs: readonly [Run, Run];
}

function Settings({ pair, runs }: SettingsProps) {
  const [a, b] = runs;
  const differing = differences(a.record, b.record);
  const figures = [
    { name: words.score, values: pair.map(({ result }) => describeResult(result)) },
    {
      name: words.trainLoss,
      values: runs.map(({ summary }) => formatFixed(summary?.train_loss, 3)),
    },
    {
      name: words.time,
      values: runs.map(({ summary }) =>
        formatDuration(summary === null ? null : summary.train_runtime * 1000),
      ),
    },
  ];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className={styles.scroll} tabIndex={0} aria-label={words.title}>
      <table className={styles.table}>
        <thead>
          <tr>
            <td />
            {runs.map(({ record }) => (
              <th key={record.id} scope="col">
                {record.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {figures.map(({ name, values }) => (
            <Row key={name} name={name} values={values} />
          ))}
          {differing.map(({ name, values }) => (
            <Row key={name} name={<code>{name}</code>} values={values} />
          ))}
        </tbody>
      </table>
      {differing.length === 0 ? <p className="muted small">{words.same}</p> : null}
    </section>
  );
}

interface RowProps {
  readonly name: React.ReactNode;
  readonly values: readonly string[];
}

function Row({ name, values }: RowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{values[0]}</td>
      <td>{values[1]}</td>
    </tr>
  );
}

const describeResult = (result: StoredRun["result"]) =>
  result === null
    ? formatFixed(null, 3)
    : `${en.run.scoreNames[result.name]} ${formatFixed(result.value, 3)}`;

const short = (value: number) => String(Number(value.toPrecision(3)));
