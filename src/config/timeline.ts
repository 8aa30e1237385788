// A run before it is run: every scoring, save and deletion to come, from the data's size and the arguments alone. The same
// rules as the training loop's (due.ts, rotation.ts); only which scoring will be the best must be supposed.
import { endsEpoch, isEvaluationDue, isSaveDue, type Occasion } from "./due.ts";
import { checkpointsToDelete } from "./rotation.ts";
import type { StepPlan } from "./step-arithmetic.ts";
import { bestMetric, type TrainingArguments } from "./training-arguments.ts";

export interface PlannedCheckpoint {
  readonly step: number;
  /** Step of the save that makes it superfluous, or null where it stays. */
  readonly deletedAt: number | null;
  /** Why it stays; null where it does not. */
  readonly kept: "best" | "newest" | "both" | "limit" | null;
}

export interface Timeline {
  /** The run's last update: earlier than planned where early stopping ends it. */
  readonly lastStep: number;
  readonly stopsEarly: boolean;
  /** Last updates of the epochs. */
  readonly epochs: readonly number[];
  /** Updates after which the held-out rows are scored; 0 is before the first one. */
  readonly evaluations: readonly number[];
  readonly checkpoints: readonly PlannedCheckpoint[];
  /** The scoring that is supposed to be the best, or null where none decides. */
  readonly bestStep: number | null;
  /** More happens than is worth simulating: the lists end early. */
  readonly isCut: boolean;
}

/** Updates at which something can happen, at most. A run with more is told only up to there. */
const mostMoments = 20_000;

/**
 * Simulates a run. `bestEvaluation` is the number of the best scoring, from 0: each one up to it is better than those
 * before, none after it is. null supposes that the last one is the best.
 */
export function simulateRun(
  args: TrainingArguments,
  plan: StepPlan,
  bestEvaluation: number | null = null,
): Timeline {
  const run = newSimulation(args, plan, bestEvaluation);
  if (args.eval_on_start) run.evaluations.push(0);
  const moments = momentsOf(args, plan);
  for (const step of moments.steps) {
    act(run, "steps", step);
    if (endsEpoch(plan, step) || run.stopsEarly) {
      run.epochs.push(step);
      act(run, "epoch", step);
    }
    run.lastStep = step;
    if (run.stopsEarly) break;
  }
  return {
    lastStep: run.lastStep,
    stopsEarly: run.stopsEarly && run.lastStep < plan.maxSteps,
    epochs: run.epochs,
    evaluations: run.evaluations,
    checkpoints: [...run.saves].map(([step, deletedAt]) => ({
      step,
      deletedAt,
      kept: deletedAt === null ? whyKept(run, step) : null,
    })),
    bestStep: run.bestStep,
    isCut: moments.isCut,
  };
}

interface Simulation {
  readonly args: TrainingArguments;
  readonly plan: StepPlan;
  readonly bestEvaluation: number | null;
  readonly epochs: number[];
  readonly evaluations: number[];
  /** Step of each save, and of the save that deletes it. */
  readonly saves: Map<number, number | null>;
  /** Scores that were judged: one before the first update is not. */
  judged: number;
  bestStep: number | null;
  bestSavedStep: number | null;
  alive: number[];
  lastStep: number;
  stopsEarly: boolean;
}

const newSimulation = (
  args: TrainingArguments,
  plan: StepPlan,
  bestEvaluation: number | null,
): Simulation => ({
  args,
  plan,
  bestEvaluation,
  epochs: [],
  evaluations: [],
  saves: new Map(),
  judged: 0,
  bestStep: null,
  bestSavedStep: null,
  alive: [],
  lastStep: 0,
  stopsEarly: false,
});

/** Every update after which anything can happen, in order. */
function momentsOf(args: TrainingArguments, plan: StepPlan) {
  const steps = new Set<number>();
  const add = (every: number) => {
    if (every <= 0) return;
    for (let step = every; step < plan.maxSteps; step += every) {
      steps.add(step);
      if (steps.size > 3 * mostMoments) return;
    }
  };
  add(plan.updatesPerEpoch);
  if (args.evaluation_strategy === "steps") add(plan.evalSteps);
  if (args.save_strategy === "steps") add(plan.saveSteps);
  if (plan.maxSteps > 0) steps.add(plan.maxSteps);
  const sorted = [...steps].sort((a, b) => a - b);
  return { steps: sorted.slice(0, mostMoments), isCut: sorted.length > mostMoments };
}

/** What happens after an update or an epoch, in the Trainer's order: score, save, delete. */
function act(run: Simulation, occasion: Occasion, step: number): void {
  const { args, plan } = run;
  const isBest = isEvaluationDue(args, plan, occasion, step) && evaluate(run, step);
  if (isSaveDue(args, plan, occasion, step, isBest)) save(run, step);
}

function evaluate(run: Simulation, step: number): boolean {
  run.evaluations.push(step);
  if (bestMetric(run.args) === null) return false;
  const number = run.judged;
  run.judged += 1;
  const best = run.bestEvaluation ?? Number.POSITIVE_INFINITY;
  const isBest = number <= best;
  if (isBest) run.bestStep = step;
  const { early_stopping_patience: patience } = run.args;
  run.stopsEarly = patience !== null && number - Math.min(number, best) >= patience;
  return isBest;
}

function save(run: Simulation, step: number): void {
  run.saves.set(step, null);
  run.alive.push(step);
  if (run.bestStep !== null && run.saves.get(run.bestStep) === null) {
    run.bestSavedStep = run.bestStep;
  }
  const limit = run.args.save_total_limit;
  if (limit === null) return;
  for (const old of checkpointsToDelete(run.alive, limit, run.bestSavedStep)) {
    run.saves.set(old, step);
    run.alive = run.alive.filter((saved) => saved !== old);
  }
}

function whyKept({ alive, bestSavedStep }: Simulation, step: number): PlannedCheckpoint["kept"] {
  const isNewest = step === alive.at(-1);
  if (step === bestSavedStep) return isNewest ? "both" : "best";
  return isNewest ? "newest" : "limit";
}
