// The small curves beside the loss: accuracy with its baselines, learning rate with its plan, gradient norm with the clip line.
import { useMemo } from "react";
import type { RunHeader } from "../../config/events.ts";
import type { RunRecord } from "../../config/run-record.ts";
import { planSteps } from "../../config/step-arithmetic.ts";
import { formatFixed, formatRate } from "../../lib/format.ts";
import type { Point } from "../../lib/lttb.ts";
import { bestEvaluation, type Run } from "../../state/run-state.ts";
import { Curves } from "../charts/curves.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import styles from "./side-panel.module.css";

const words = en.run;

export function SidePanel({ run }: { readonly run: Run }) {
  const lastStep = run.header?.maxSteps ?? run.step;
  return (
    <Card className={styles.panel}>
      <Accuracy run={run} lastStep={lastStep} />
      <LearningRate run={run} lastStep={lastStep} />
      <GradientNorm run={run} lastStep={lastStep} />
    </Card>
  );
}

interface PartProps {
  readonly run: Run;
  readonly lastStep: number;
}

interface HeadProps {
  readonly title: string;
  readonly value: string;
}

function Head({ title, value }: HeadProps) {
  return (
    <h2 className={styles.head}>
      {title} <span className="num">{value}</span>
    </h2>
  );
}

function Accuracy({ run, lastStep }: PartProps) {
  const { evaluationRows, baselines } = run;
  const best = bestEvaluation(run);
  const points = useMemo(
    () => evaluationRows.map(({ step, eval_accuracy }): Point => ({ x: step, y: eval_accuracy })),
    [evaluationRows],
  );
  const value = formatFixed(points.at(-1)?.y, 3);
  const levels =
    baselines === null
      ? []
      : [
          { y: baselines.wordCounts, label: words.wordCounts },
          { y: baselines.chance, label: words.chance },
        ];
  const neverScored = run.record.arguments.evaluation_strategy === "no";
  return (
    <div>
      <Head title={words.accuracy} value={value} />
      {points.length === 0 ? (
        <p className={styles.waiting}>{neverScored ? words.neverScored : words.waiting}</p>
      ) : (
        <Curves
          curves={[{ name: words.accuracy, tone: "eval", look: "dots", points }]}
          lastStep={lastStep}
          height={130}
          format={short}
          levels={levels}
          mark={
            best === null
              ? null
              : {
                  x: best.step,
                  y: best.eval_accuracy,
                  label: words.best(formatFixed(best.eval_accuracy, 3)),
                }
          }
          summary={words.chart(words.accuracy, value, points.length)}
        />
      )}
    </div>
  );
}

function LearningRate({ run, lastStep }: PartProps) {
  const { trainRows, record, header } = run;
  const points = useMemo(
    () => trainRows.map(({ step, learning_rate }): Point => ({ x: step, y: learning_rate })),
    [trainRows],
  );
  const last = points.at(-1);
  const planned = last === undefined || header === null ? [] : plannedRate(last, record, header);
  const value = formatRate(run.latest?.learning_rate ?? last?.y);
  return (
    <div>
      <Head title={words.learningRate} value={value} />
      {last === undefined ? (
        <p className={styles.waiting}>{words.waiting}</p>
      ) : (
        <Curves
          curves={[
            { name: words.learningRate, tone: "train", points },
            { name: words.learningRate, tone: "train", look: "planned", points: planned },
          ]}
          lastStep={lastStep}
          height={96}
          include={[0]}
          format={formatRate}
          summary={words.chart(words.learningRate, value, points.length)}
        />
      )}
    </div>
  );
}

/** The corners of the schedule that are still to come. */
function plannedRate(last: Point, record: RunRecord, header: RunHeader): Point[] {
  const { lr_scheduler_type, learning_rate } = record.arguments;
  const { maxSteps, warmupSteps } = planSteps(record.arguments, header.numExamples);
  if (last.x >= maxSteps) return [];
  // As in the Trainer, `constant` has no warm-up.
  if (lr_scheduler_type === "constant") return [last, { x: maxSteps, y: learning_rate }];
  const peak = last.x < warmupSteps ? [{ x: warmupSteps, y: learning_rate }] : [];
  return [last, ...peak, { x: maxSteps, y: 0 }];
}

function GradientNorm({ run, lastStep }: PartProps) {
  const { trainRows, record } = run;
  const points = useMemo(
    () =>
      trainRows.flatMap(({ step, grad_norm }): Point[] =>
        grad_norm === null ? [] : [{ x: step, y: grad_norm }],
      ),
    [trainRows],
  );
  const { max_grad_norm } = record.arguments;
  const largest = points.reduce((most, { y }) => Math.max(most, y), 0);
  // A clip line far above all values would press the curve flat.
  const isNear = max_grad_norm > 0 && max_grad_norm < largest * 4;
  const value = formatFixed(run.latest?.grad_norm ?? points.at(-1)?.y, 2);
  return (
    <div>
      <Head title={words.gradNorm} value={value} />
      {points.length === 0 ? (
        <p className={styles.waiting}>{words.waiting}</p>
      ) : (
        <Curves
          curves={[{ name: words.gradNorm, tone: "train", points }]}
          lastStep={lastStep}
          height={96}
          include={[0]}
          format={short}
          levels={isNear ? [{ y: max_grad_norm, label: words.clip }] : []}
          summary={words.chart(words.gradNorm, value, points.length)}
        />
      )}
    </div>
  );
}

const short = (value: number) => String(Number(value.toPrecision(3)));
