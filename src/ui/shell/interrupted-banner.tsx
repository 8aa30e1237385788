// Says that a run was cut off and offers to go on with it, on every page until one of the two happens.
import { actions } from "../../state/actions.ts";
import { type StoredRun, useLiveRun, useRun, useStoredRuns } from "../../state/run-store.ts";
import { goTo, usePage } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";

const words = en.shell.interrupted;

export function InterruptedBanner() {
  const [first, ...others] = useWaitingRuns();
  if (first === undefined) return null;
  const { id, name } = first.record;
  const show = () => {
    actions().openRun(id);
    goTo("run");
  };
  const message = words.message(name, first.status.step, first.status.max_steps);
  const error = others.length === 0 ? { message } : { message, hint: words.more(others.length) };
  return (
    <ErrorNote
      tone="warning"
      error={error}
      action={
        <>
          <Button size="small" onClick={show}>
            {words.show}
          </Button>
          <Button size="small" variant="primary" onClick={() => actions().resume(id)}>
            {words.resume}
          </Button>
        </>
      }
    />
  );
}

/** Interrupted runs, less the one that lives again or that the Run page itself shows. None while a run lives: it has the device. */
function useWaitingRuns(): readonly StoredRun[] {
  const stored = useStoredRuns();
  const run = useRun();
  const live = useLiveRun();
  const page = usePage();
  if (live !== null) return [];
  const shown = page === "run" ? run?.record.id : undefined;
  return stored.filter(({ interrupted, record }) => interrupted && record.id !== shown);
}
