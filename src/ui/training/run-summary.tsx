// What the run will be, counted from data and arguments, and the button that starts it.
import {
  countDue,
  countEvaluations,
  planSteps,
  type StepPlan,
} from "../../config/step-arithmetic.ts";
import type { TrainingArguments } from "../../config/training-arguments.ts";
import { formatCount } from "../../lib/format.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { Cost } from "./cost.tsx";
import styles from "./run-summary.module.css";
import { StartButtons } from "./start-buttons.tsx";
import { TimelineStrip } from "./timeline-strip.tsx";
import type { FormCheck } from "./use-form-check.ts";

const words = en.training.summary;

export function RunSummary({ check }: { readonly check: FormCheck }) {
  return (
    <Card title={words.title} className={styles.card}>
      {check.args === null || check.trainRows === 0 ? (
        <p className="muted small">
          {check.args !== null && check.learnsNothing ? words.nothing : words.unknown}
        </p>
      ) : (
        <>
          <TimelineStrip args={check.args} trainRows={check.trainRows} />
          <Counts args={check.args} plan={planSteps(check.args, check.trainRows)} />
        </>
      )}
      {check.args === null ? null : <Cost args={check.args} check={check} />}
      <StartButtons check={check} />
    </Card>
  );
}

interface CountsProps {
  readonly args: TrainingArguments;
  readonly plan: StepPlan;
}

function Counts({ args, plan }: CountsProps) {
  const evaluations = countEvaluations(args, plan);
  const saves = countDue(args.save_strategy, plan.saveSteps, plan);
  const limit = args.save_total_limit;
  // Best and newest always stay, so a limit of 1 can leave two.
  const kept = limit === null ? saves : Math.min(saves, Math.max(limit, 2));
  const batch = args.per_device_train_batch_size * args.gradient_accumulation_steps;
  return (
    <dl className={styles.figures}>
      <Figure name={words.updates} value={formatCount(plan.maxSteps)} />
      <Figure name={words.perEpoch} value={formatCount(plan.updatesPerEpoch)} />
      <Figure name={words.batch} value={formatCount(batch)} />
      <Figure name={words.warmup} value={formatCount(plan.warmupSteps)} />
      <Figure
        name={words.evaluations}
        value={evaluations === 0 ? words.none : formatCount(evaluations)}
      />
      <Figure name={words.saves} value={saves === 0 ? words.none : formatCount(saves)} />
      <Figure name={words.kept} value={saves === 0 ? words.none : formatCount(kept)} />
    </dl>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="num">{value}</dd>
    </div>
  );
}
