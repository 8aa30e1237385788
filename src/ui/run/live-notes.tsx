// What a live run waits for, or what it is about to lose: no room for a checkpoint, a best score that is not saved.
import { formatFixed } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import type { Run } from "../../state/run-state.ts";
import { goTo } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";

const words = en.resume;

export function LiveNotes({ run }: { readonly run: Run }) {
  return (
    <>
      <StorageFull run={run} />
      <BestNotSaved run={run} />
    </>
  );
}

function StorageFull({ run }: { readonly run: Run }) {
  if (run.storageFull === null) return null;
  const { step, bytes } = run.storageFull;
  const kept =
    run.checkpoints.find((each) => each.step === run.bestSavedStep) ?? run.checkpoints.at(-1);
  const safe = kept === undefined ? "" : words.storageFull.kept(kept.path);
  return (
    <ErrorNote
      error={{
        message: words.storageFull.title(step),
        hint: words.storageFull.hint(bytes, safe).trim(),
      }}
      action={
        <>
          <Button size="small" onClick={() => goTo("files")}>
            {words.storageFull.toFiles}
          </Button>
          <Button
            size="small"
            variant="primary"
            onClick={() => actions().resume(run.record.id)}
            aria-label={`${words.storageFull.resume}: ${run.record.name}`}
          >
            {words.storageFull.resume}
          </Button>
        </>
      }
    />
  );
}

function BestNotSaved({ run }: { readonly run: Run }) {
  if (run.bestNotSaved === null) return null;
  const { step, metric } = run.bestNotSaved;
  return (
    <ErrorNote
      tone="warning"
      error={{
        message: words.best.title(formatFixed(metric, 4), step),
        hint: run.savesNewBest ? words.best.saving : words.best.hint,
      }}
      {...(run.savesNewBest
        ? {}
        : {
            action: (
              <Button size="small" onClick={() => actions().saveNewBest()}>
                {words.best.save}
              </Button>
            ),
          })}
    />
  );
}
