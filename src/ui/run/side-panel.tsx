// The small curves beside the loss: accuracy with its baselines, learning rate with its plan, gradient norm with the clip line.

import { useMemo } from "react";
import { mainScore } from "../../config/events.ts";
import { metricsOf, taskOf } from "../../config/problem-type.ts";
import { learningRateAt } from "../../config/schedule.ts";
import { planSteps } from "../../config/step-arithmetic.ts";
import { formatFixed, formatNumber, formatRate } from "../../lib/format.ts";
import type { Series } from "../../lib/lttb.ts";
import { type ChartAxis, useChartAxis, useSmoothing } from "../../state/chart-store.ts";
import { bestEvaluation, type Run } from "../../state/run-state.ts";
import { placeOf } from "../charts/axis.ts";
import { Chart } from "../charts/chart.tsx";
import { type Curve, growingSeriesOf, seriesOf } from "../charts/curve.ts";
import { smooth } from "../charts/smooth.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { baselineLevels } from "./baseline-levels.ts";
import { placeOfStep, plannedEnd } from "./run-axis.ts";
import styles from "./side-panel.module.css";

const words = en.run;

type TrainRow = Run["trainRows"][number];
const learningRateOf = growingSeriesOf((row: TrainRow) => row.learning_rate);
const gradientNormOf = growingSeriesOf((row: TrainRow) => row.grad_norm);

export function SidePanel({ run }: { readonly run: Run }) {
  const axis = useChartAxis();
  const last = plannedEnd(run, axis);
  return (
    <Card className={styles.panel}>
      <Accuracy run={run} last={last} />
      <LearningRate run={run} last={last} />
      <GradientNorm run={run} last={last} />
    </Card>
  );
}

interface PartProps {
  readonly run: Run;
  readonly last: number;
}

function Accuracy({ run, last }: PartProps) {
  const axis = useChartAxis();
  const { evaluationRows, baselines } = run;
  const best = bestEvaluation(run);
  const newest = evaluationRows.at(-1);
  const lastScore = newest === undefined ? null : mainScore(newest);
  const bestScore = best === null ? null : mainScore(best).value;
  const title = words.scoreNames[lastScore?.name ?? metricsOf[taskOf(run.record.dataset)][0]];
  const curves = useMemo((): Curve[] => {
    const series = seriesOf(evaluationRows, axis, (row) => mainScore(row).value);
    return [{ name: title, tone: "eval", look: "dots", series }];
  }, [evaluationRows, axis, title]);
  const levels = useMemo(() => baselineLevels(baselines), [baselines]);
  const value = formatFixed(lastScore?.value ?? undefined, 3);
  const neverScored = run.record.arguments.evaluation_strategy === "no";
  return (
    <Chart
      title={title}
      fileName={`${run.record.name}-accuracy`}
      group={run.record.id}
      value={<span className="num">{value}</span>}
      waiting={neverScored ? words.neverScored : words.waiting}
      curves={curves}
      last={last}
      height={140}
      format={short}
      levels={levels}
      mark={
        best === null || bestScore === null
          ? null
          : {
              x: placeOf(best, axis),
              y: bestScore,
              label: words.best(formatFixed(bestScore, 3)),
            }
      }
      summary={words.chart(title, value, evaluationRows.length)}
    />
  );
}

function LearningRate({ run, last }: PartProps) {
  const axis = useChartAxis();
  const { trainRows } = run;
  const series = useMemo(() => learningRateOf(trainRows, axis), [trainRows, axis]);
  const planned = plannedRates(run, axis);
  const curves = [
    { name: words.learningRate, tone: "train", series },
    { name: words.learningRate, tone: "train", look: "planned", series: planned },
  ] as const;
  const value = formatRate(run.latest?.learning_rate ?? series.ys.at(-1));
  return (
    <Chart
      title={words.learningRate}
      fileName={`${run.record.name}-learning-rate`}
      group={run.record.id}
      value={<span className="num">{value}</span>}
      waiting={words.waiting}
      curves={curves}
      last={last}
      height={100}
      include={fromZero}
      format={formatRate}
      summary={words.chart(words.learningRate, value, series.xs.length)}
    />
  );
}

/** Learning rates of the updates to come, at most so many of them. */
const plannedPoints = 60;

function plannedRates(run: Run, axis: ChartAxis): Series {
  const { header, record } = run;
  const from = run.trainRows.at(-1)?.step;
  if (header === null || from === undefined || from >= header.maxSteps) return none;
  const args = record.arguments;
  const plan = planSteps(args, header.numExamples);
  const count = Math.min(plannedPoints, header.maxSteps - from);
  const steps = Array.from({ length: count + 1 }, (_, index) =>
    Math.round(from + ((header.maxSteps - from) * index) / count),
  );
  return {
    xs: Float64Array.from(steps, (step) => placeOfStep(run, step, axis)),
    // An update uses the rate after the updates before it.
    ys: Float64Array.from(steps, (step) => learningRateAt(args, plan, step - 1)),
  };
}

const none: Series = { xs: new Float64Array(), ys: new Float64Array() };

function GradientNorm({ run, last }: PartProps) {
  const axis = useChartAxis();
  const smoothing = useSmoothing();
  const { trainRows, record } = run;
  const raw = useMemo(() => gradientNormOf(trainRows, axis), [trainRows, axis]);
  const curves = useMemo((): Curve[] => {
    const smoothed = smooth(raw, smoothing);
    const line: Curve = { name: words.gradNorm, tone: "train", series: smoothed };
    return smoothed === raw ? [line] : [{ ...line, look: "faint", series: raw }, line];
  }, [raw, smoothing]);
  const { max_grad_norm } = record.arguments;
  const largest = useMemo(() => raw.ys.reduce((most, y) => Math.max(most, y), 0), [raw]);
  // A clip line far above all values would press the curve flat.
  const isNear = max_grad_norm > 0 && max_grad_norm < largest * 4;
  const levels = useMemo(
    () => (isNear ? [{ y: max_grad_norm, label: words.clip }] : []),
    [isNear, max_grad_norm],
  );
  const value = formatFixed(run.latest?.grad_norm ?? raw.ys.at(-1), 2);
  return (
    <Chart
      title={words.gradNorm}
      fileName={`${run.record.name}-gradient-norm`}
      group={run.record.id}
      value={<span className="num">{value}</span>}
      waiting={words.waiting}
      curves={curves}
      last={last}
      height={100}
      include={fromZero}
      format={short}
      levels={levels}
      summary={words.chart(words.gradNorm, value, raw.xs.length)}
    />
  );
}

const fromZero = [0];
const short = formatNumber;
