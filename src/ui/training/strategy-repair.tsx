// Says that the Trainer refuses to load the best where it scores and saves at different times, and mends it with one click.
import { repairStrategies } from "../../config/repair-strategies.ts";
import { planSteps } from "../../config/step-arithmetic.ts";
import { formatCount } from "../../lib/format.ts";
import { setArgumentValues } from "../../state/form-store.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";
import type { FormCheck } from "./use-form-check.ts";

const words = en.repair;

export function StrategyRepair({ check }: { readonly check: FormCheck }) {
  const { args, trainRows } = check;
  if (args === null) return null;
  const repairs = repairStrategies(args, planSteps(args, Math.max(1, trainRows)));
  if (repairs.length === 0) return null;
  const { evaluation_strategy, save_strategy } = args;
  return (
    <ErrorNote
      tone="warning"
      error={{
        message: words.message(words.saves[save_strategy], words.scores[evaluation_strategy]),
        hint: words.hint,
      }}
      action={repairs.map(({ kind, change }) => {
        const steps = kind === "saveAsScored" ? change.save_steps : change.eval_steps;
        const every = typeof steps === "number" ? formatCount(steps) : null;
        return (
          <Button key={kind} size="small" onClick={() => setArgumentValues(change)}>
            {words[kind](every)}
          </Button>
        );
      })}
    />
  );
}
