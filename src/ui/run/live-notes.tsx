// What a live run waits for, or what it is about to lose: no room for a checkpoint, a best score that is not saved. And
// that another tab trains it, where it can be steered only there.
import { formatFixed } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { isLive, type Run } from "../../state/run-state.ts";
import { useIsElsewhere } from "../../state/run-store.ts";
import { goTo } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";

const words = en.resume;

export function LiveNotes({ run }: { readonly run: Run }) {
  const isElsewhere = useIsElsewhere(run.record.id);
  const { title, hint } = words.elsewhere;
  return (
    <>
      {isElsewhere && isLive(run) ? (
        <ErrorNote tone="plain" error={{ message: title, hint }} />
      ) : null}
      <StorageFull run={run} isElsewhere={isElsewhere} />
      <BestNotSaved run={run} isElsewhere={isElsewhere} />
      <MirrorStopped run={run} />
    </>
  );
}

interface NoteProps {
  readonly run: Run;
  /** Another tab trains it: only there can something be done. */
  readonly isElsewhere: boolean;
}

function StorageFull({ run, isElsewhere }: NoteProps) {
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
          {isElsewhere ? null : (
            <Button
              size="small"
              variant="primary"
              onClick={() => actions().resume(run.record.id)}
              aria-label={`${words.storageFull.resume}: ${run.record.name}`}
            >
              {words.storageFull.resume}
            </Button>
          )}
        </>
      }
    />
  );
}

function MirrorStopped({ run }: { readonly run: Run }) {
  if (run.mirrorProblem === null) return null;
  return (
    <ErrorNote
      tone="warning"
      error={run.mirrorProblem}
      action={
        <Button size="small" onClick={() => goTo("files")}>
          {en.mirror.toFiles}
        </Button>
      }
    />
  );
}

function BestNotSaved({ run, isElsewhere }: NoteProps) {
  if (run.bestNotSaved === null) return null;
  const { step, metric } = run.bestNotSaved;
  const canSave = isLive(run) && !run.savesNewBest && !isElsewhere;
  return (
    <ErrorNote
      tone="warning"
      error={{
        message: words.best.title(formatFixed(metric, 4), step),
        hint: !isLive(run)
          ? words.best.gone
          : run.savesNewBest
            ? words.best.saving
            : words.best.hint,
      }}
      {...(canSave && {
        action: (
          <Button size="small" onClick={() => actions().saveNewBest()}>
            {words.best.save}
          </Button>
        ),
      })}
    />
  );
}
