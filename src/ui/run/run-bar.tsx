// The bar at the foot of every page: where the run stands, and the buttons that steer it.

import { useState } from "react";
import { mainScore } from "../../config/events.ts";
import { formatDuration, formatFixed } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { isLive, type Run } from "../../state/run-state.ts";
import { useForemostRun, useIsElsewhere, useLiveRun, useRun } from "../../state/run-store.ts";
import { goTo, usePage } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { classNames } from "../parts/class-names.ts";
import { en } from "../text/en.ts";
import { timeLeft } from "./eta.ts";
import styles from "./run-bar.module.css";

const words = en.run;

export function RunBar() {
  const run = useForemostRun();
  if (run === null) {
    return (
      <footer className={classNames(styles.bar, styles.idle)}>
        <p role="status" data-phase="idle">
          {words.barNone}
        </p>
      </footer>
    );
  }
  const maxSteps = run.header?.maxSteps ?? 0;
  const share = maxSteps === 0 ? 0 : Math.min(1, run.step / maxSteps);
  const left = isLive(run) && run.phase !== "paused" ? timeLeft(run) : null;
  return (
    <footer className={styles.bar}>
      <div className={styles.track} aria-hidden="true">
        <span className={styles.done} style={{ width: `${share * 100}%` }} />
      </div>
      <span className={classNames(styles.dot, styles[run.phase])} aria-hidden="true" />
      <Name run={run} />
      <Phase run={run} />
      {maxSteps === 0 ? null : (
        <span className={classNames("num", styles.step)}>{words.step(run.step, maxSteps)}</span>
      )}
      {left === null ? null : (
        <span className={styles.left}>
          {left < 10_000 ? words.fewSeconds : words.left(formatDuration(roundTime(left)))}
        </span>
      )}
      <Metrics run={run} />
      <Controls run={run} />
    </footer>
  );
}

function Phase({ run }: { readonly run: Run }) {
  const isElsewhere = useIsElsewhere(run.record.id) && isLive(run);
  const phase = words.phases[run.phase];
  return (
    <span className={styles.phase} role="status" data-phase={run.phase}>
      {isElsewhere ? `${phase} ${en.resume.elsewhere.short}` : phase}
    </span>
  );
}

/** The run's name; where another run or page is on the screen, the way to it. */
function Name({ run }: { readonly run: Run }) {
  const page = usePage();
  const shown = useRun();
  const { id, name } = run.record;
  if (page === "run" && shown?.record.id === id) return <span className={styles.name}>{name}</span>;
  const show = () => {
    actions().openRun(id);
    goTo("run");
  };
  return (
    <button type="button" className={classNames("link", styles.name)} onClick={show}>
      {name}
    </button>
  );
}

/** Fives of seconds, then halves of minutes: a figure that is an estimate should not tick. */
function roundTime(milliseconds: number): number {
  const unit = milliseconds < 120_000 ? 5_000 : 30_000;
  return Math.max(unit, Math.round(milliseconds / unit) * unit);
}

function Metrics({ run }: { readonly run: Run }) {
  const evaluation = run.evaluationRows.at(-1);
  const score = evaluation === undefined ? null : mainScore(evaluation);
  const loss = run.latest?.loss ?? run.trainRows.at(-1)?.loss;
  const metrics = [
    { name: "loss", value: loss },
    { name: "eval_loss", value: evaluation?.eval_loss },
    ...(score === null ? [] : [{ name: `eval_${score.name}`, value: score.value }]),
  ];
  return (
    <dl className={styles.metrics}>
      {metrics.map(({ name, value }) =>
        value == null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="num" data-metric={name}>
              {formatFixed(value, 4)}
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Controls({ run }: { readonly run: Run }) {
  const page = usePage();
  const live = useLiveRun();
  if (live !== null) return <LiveControls run={live} />;
  // The run page and the banner have their own button for a run that was cut off.
  if (run.phase !== "stopped" || page === "run") return null;
  return (
    <div className={styles.controls}>
      <Button onClick={() => actions().resume(run.record.id)}>{words.resume}</Button>
    </div>
  );
}

/** Lives as long as the run does, so that a stop that was asked for is forgotten when the run goes on later. */
function LiveControls({ run }: { readonly run: Run }) {
  const [isStopping, setStopping] = useState(false);
  const stop = () => {
    setStopping(true);
    actions().stop();
  };
  return (
    <div className={styles.controls}>
      {run.phase === "paused" ? (
        <Button onClick={() => actions().resume(run.record.id)}>{words.resume}</Button>
      ) : (
        <Button onClick={() => actions().pause()}>{words.pause}</Button>
      )}
      <Button disabled={isStopping} onClick={stop}>
        {words.stop}
      </Button>
    </div>
  );
}
