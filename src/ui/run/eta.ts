// How long a run will still take, from what its last updates, scorings and saves took.
import { countDue, countEvaluations, planSteps } from "../../config/step-arithmetic.ts";
import { type Run, updateTime } from "../../state/run-state.ts";

/** Milliseconds left, or null until it can be told. Scorings and saves to come count with the time of the last one. */
export function timeLeft(run: Run): number | null {
  const { header, step, record } = run;
  const update = updateTime(run);
  if (header === null || update === null) return null;
  const args = record.arguments;
  const training = (header.maxSteps - step) * update;
  const scoring = (run.evaluationRows.at(-1)?.eval_runtime ?? 0) * 1000;
  const plan = planSteps(args, header.numExamples);
  const scorings = countEvaluations(args, plan, step);
  const saving = run.saveTime;
  const saves = countDue(args.save_strategy, plan.saveSteps, plan, step);
  // The final model and the untrained one are scored at the end.
  return training + (scorings + 2) * scoring + saves * saving;
}
