// What the run will be, counted from data and arguments, and the button that starts it.
import { useEffect, useState } from "react";
import {
  countDue,
  countEvaluations,
  planSteps,
  type StepPlan,
} from "../../config/step-arithmetic.ts";
import type { TrainingArguments } from "../../config/training-arguments.ts";
import { formatBytes, formatCount } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useDataset } from "../../state/dataset-store.ts";
import { isLive } from "../../state/run-state.ts";
import { useRun } from "../../state/run-store.ts";
import { useModel } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { MissingList } from "./missing-list.tsx";
import styles from "./run-summary.module.css";
import { allParameters, trainedParameters } from "./trained-parameters.ts";
import type { FormCheck } from "./use-form-check.ts";
import { useMissing } from "./use-missing.ts";

const words = en.training.summary;

export function RunSummary({ check }: { readonly check: FormCheck }) {
  const run = useRun();
  const missing = useMissing(check);
  const live = isLive(run) ? run : null;
  const [asked, setAsked] = useState<"no" | "shown" | "waiting">("no");
  const isReady = missing.length === 0 && live === null;
  // A press that came before everything was loaded is kept: the run starts when what was on its way is there.
  // A press that met a mistake is not: mending the mistake must not start a run by surprise.
  useEffect(() => {
    if (asked !== "waiting" || !isReady) return;
    setAsked("no");
    actions().startTraining();
  }, [asked, isReady]);
  const press = () => setAsked(missing.every(({ isComing }) => isComing) ? "waiting" : "shown");

  return (
    <Card title={words.title} className={styles.card}>
      {check.args === null || check.trainRows === 0 ? (
        <p className="muted small">{words.unknown}</p>
      ) : (
        <Counts args={check.args} plan={planSteps(check.args, check.trainRows)} />
      )}
      <Memory check={check} />
      <Button variant="primary" className={styles.start} disabled={live !== null} onClick={press}>
        {en.training.start}
      </Button>
      {live === null ? null : (
        <p className="muted small">{en.training.startedBy(live.record.name)}</p>
      )}
      {asked !== "no" && missing.length > 0 ? (
        <MissingList missing={missing} onClose={() => setAsked("no")} />
      ) : null}
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

const floatBytes = 4;

function Memory({ check }: { readonly check: FormCheck }) {
  const model = useModel();
  const dataset = useDataset();
  if (model.status !== "ready") return null;
  const classes = (dataset.phase === "ready" ? dataset.inspection?.classes.length : undefined) ?? 2;
  const all = allParameters(model.summary, classes) * floatBytes;
  const trained =
    (trainedParameters(
      check.form.mode,
      model.summary,
      classes,
      Number(check.form.numTrainableLayers) || 1,
    ) ?? 0) * floatBytes;
  return (
    <>
      <h2 className={styles.heading}>{words.memory}</h2>
      <dl className={styles.figures}>
        <Figure name={words.weights} value={formatBytes(all)} />
        <Figure name={words.gradients} value={formatBytes(trained)} />
        <Figure name={words.moments} value={formatBytes(2 * trained)} />
      </dl>
    </>
  );
}
