// Where a run's planned end lies on the axis of its charts, and where its planned updates do.
import { epochAfter, planSteps } from "../../config/step-arithmetic.ts";
import type { ChartAxis } from "../../state/chart-store.ts";
import { isLive, type Run } from "../../state/run-state.ts";
import { timeLeft } from "./eta.ts";

/** The run's planned end on the axis; its last update where that is not known yet. */
export function plannedEnd(run: Run, axis: ChartAxis): number {
  return placeOfStep(run, run.header?.maxSteps ?? run.step, axis);
}

/** Where an update stands on the axis, also one that is still to come. Time to come is told from the last updates. */
export function placeOfStep(run: Run, step: number, axis: ChartAxis): number {
  const { header, record } = run;
  switch (axis) {
    case "step":
      return step;
    case "epoch":
      if (header === null) return 0;
      return epochAfter(planSteps(record.arguments, header.numExamples), record.arguments, step);
    case "time":
      return secondsAt(run, step);
    default:
      return axis satisfies never;
  }
}

function secondsAt(run: Run, step: number): number {
  const elapsed = run.clock.elapsed / 1000;
  const left = isLive(run) && run.phase !== "preparing" ? timeLeft(run) : null;
  const ahead = (run.header?.maxSteps ?? run.step) - run.step;
  if (left === null || ahead <= 0 || step <= run.step) return elapsed;
  return elapsed + ((left / 1000) * (step - run.step)) / ahead;
}
