// The coming run as a strip: when it is scored, when it is saved, how long each checkpoint stays, and which remain.
import { useMemo, useState } from "react";
import { planSteps, type StepPlan } from "../../config/step-arithmetic.ts";
import { type PlannedCheckpoint, simulateRun, type Timeline } from "../../config/timeline.ts";
import { bestMetric, type TrainingArguments } from "../../config/training-arguments.ts";
import { formatCount } from "../../lib/format.ts";
import { en } from "../text/en.ts";
import { assignLanes } from "./lanes.ts";
import styles from "./timeline-strip.module.css";

const words = en.timeline;

interface TimelineStripProps {
  readonly args: TrainingArguments;
  readonly trainRows: number;
}

export function TimelineStrip({ args, trainRows }: TimelineStripProps) {
  const plan = useMemo(() => planSteps(args, trainRows), [args, trainRows]);
  const [supposed, setSupposed] = useState<number | null>(null);
  const all = useMemo(() => simulateRun(args, plan), [args, plan]);
  const judged = all.evaluations.filter((step) => step > 0).length;
  const best = supposed === null ? null : Math.min(supposed, judged - 1);
  const timeline = useMemo(
    () => (best === null ? all : simulateRun(args, plan, best)),
    [args, plan, best, all],
  );
  if (plan.maxSteps === 0) return null;
  const decides = bestMetric(args) !== null && judged > 1 && all.checkpoints.length > 0;
  return (
    <div className={styles.strip}>
      <Drawing timeline={timeline} plan={plan} />
      <p className={styles.legend}>
        {timeline.evaluations.length === 0 ? null : (
          <span>
            <i data-mark="evaluation" />
            {words.scored}
          </span>
        )}
        {timeline.checkpoints.length === 0 ? null : (
          <>
            <span>
              <i data-mark="save" />
              {words.saved}
            </span>
            <span>
              <i data-mark="gone" />
              {words.deleted}
            </span>
          </>
        )}
      </p>
      {decides ? (
        <label className={styles.suppose}>
          <span>{words.suppose(timeline.bestStep ?? 0)}</span>
          <input
            type="range"
            name="supposed_best"
            min={0}
            max={judged - 1}
            step={1}
            value={best ?? judged - 1}
            aria-valuetext={words.step(timeline.bestStep ?? 0)}
            onChange={(event) => setSupposed(Number(event.target.value))}
          />
        </label>
      ) : null}
      {timeline.stopsEarly ? <p className="muted small">{words.early(timeline.lastStep)}</p> : null}
      <Moments timeline={timeline} />
    </div>
  );
}

const height = { epochs: 14, evaluations: 14, lane: 9 } as const;
const mostLanes = 5;
const mostMarks = 400;

interface DrawingProps {
  readonly timeline: Timeline;
  readonly plan: StepPlan;
}

function Drawing({ timeline, plan }: DrawingProps) {
  const { checkpoints, epochs, evaluations } = timeline;
  const lanes = assignLanes(checkpoints, mostLanes);
  const laneCount = Math.max(0, ...lanes) + (checkpoints.length > 0 ? 1 : 0);
  const base = height.epochs + height.evaluations;
  const full = base + laneCount * height.lane + 8;
  const x = (step: number) => `${((100 * step) / plan.maxSteps).toFixed(3)}%`;
  // A label needs room to its left.
  const labelled = thin(epochs, 6).filter(
    (step, index, all) => (step - (all[index - 1] ?? 0)) / plan.maxSteps > 0.15,
  );
  return (
    <svg
      className={styles.drawing}
      width="100%"
      height={full}
      role="img"
      aria-label={words.summary(evaluations.length, checkpoints.length, keptSteps(checkpoints))}
    >
      {thin(epochs, 100).map((step) => (
        <line key={step} className={styles.epoch} x1={x(step)} x2={x(step)} y1={2} y2={full} />
      ))}
      {labelled.map((step) => (
        <text key={step} className={styles.label} x={x(step)} dx={-4} y={10} textAnchor="end">
          {words.epoch(epochs.indexOf(step) + 1)}
        </text>
      ))}
      <line className={styles.base} x1="0" x2="100%" y1={base} y2={base} />
      {thin(evaluations, mostMarks).map((step) => (
        <line
          key={step}
          className={step === timeline.bestStep ? styles.bestTick : styles.tick}
          x1={x(step)}
          x2={x(step)}
          y1={height.epochs + 2}
          y2={base}
        >
          <title>{words.scoredAt(step)}</title>
        </line>
      ))}
      {thin(checkpoints, mostMarks).map((checkpoint) => {
        const lane = lanes[checkpoints.indexOf(checkpoint)] ?? 0;
        const y = base + 8 + lane * height.lane;
        const end = checkpoint.deletedAt ?? timeline.lastStep;
        return (
          <g key={checkpoint.step} data-kept={checkpoint.kept ?? "gone"} className={styles.saved}>
            <title>{describe(checkpoint)}</title>
            <line x1={x(checkpoint.step)} x2={x(end)} y1={y} y2={y} />
            <circle cx={x(checkpoint.step)} cy={y} r={3} />
          </g>
        );
      })}
    </svg>
  );
}

/** At most `most` of the items, evenly, the last one among them. */
function thin<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  const every = Math.ceil(items.length / most);
  return items.filter((_, index) => (items.length - 1 - index) % every === 0);
}

const keptSteps = (checkpoints: readonly PlannedCheckpoint[]) =>
  checkpoints.filter(({ deletedAt }) => deletedAt === null).map(({ step }) => step);

function describe({ step, deletedAt, kept }: PlannedCheckpoint): string {
  return kept === null
    ? words.savedUntil(step, deletedAt ?? step)
    : words.savedKept(step, words.kept[kept]);
}

const mostLines = 200;

/** The same as a list: for reading exactly, and for screen readers. */
function Moments({ timeline }: { readonly timeline: Timeline }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.moments} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.list}</summary>
      {isOpen ? <List timeline={timeline} /> : null}
    </details>
  );
}

function List({ timeline }: { readonly timeline: Timeline }) {
  const lines = momentsOf(timeline);
  return (
    <>
      <ol>
        {lines.slice(0, mostLines).map(([step, parts]) => (
          <li key={step}>
            <span className="num">{formatCount(step)}</span> {parts.join(", ")}
          </li>
        ))}
      </ol>
      {lines.length > mostLines || timeline.isCut ? (
        <p className="faint">{words.more(lines.length - mostLines, timeline.isCut)}</p>
      ) : null}
    </>
  );
}

function momentsOf({ evaluations, checkpoints, bestStep }: Timeline): [number, string[]][] {
  const byStep = new Map<number, string[]>();
  const add = (step: number, text: string) => byStep.set(step, [...(byStep.get(step) ?? []), text]);
  for (const step of evaluations) add(step, step === bestStep ? words.isBest : words.isScored);
  for (const { step, kept } of checkpoints) {
    add(step, kept === null ? words.isSaved : words.isKept(words.kept[kept]));
  }
  for (const { step, deletedAt } of checkpoints) {
    if (deletedAt !== null) add(deletedAt, words.isDeleted(step));
  }
  return [...byStep].sort(([a], [b]) => a - b);
}
