// The ways to go on with a run that is over or cut off: exactly, with changes, or a new run from its weights.
import { useRef } from "react";
import { actions } from "../../state/actions.ts";
import { bestCheckpoint, type Run } from "../../state/run-state.ts";
import { useStoredRuns } from "../../state/run-store.ts";
import { useDevice } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { en } from "../text/en.ts";
import { ContinueDialog } from "./continue-dialog.tsx";
import { type ResumeWords, resumeWords } from "./resume-words.ts";

const words = en.resume;

/** Goes on with a run that did not come to its end; nothing for one that did, or that would end in the same way again. */
export function ResumeButton({ run }: { readonly run: Run }) {
  const { label, title } = useResumeWords(run);
  if (run.phase === "completed" || run.error?.code === "not-finite") return null;
  return (
    <Button variant="primary" title={title} onClick={() => actions().resume(run.record.id)}>
      {label}
    </Button>
  );
}

/** The other ways on from a run. */
export function WaysOn({ run }: { readonly run: Run }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { id } = run.record;
  const newest = run.checkpoints.at(-1);
  const best = bestCheckpoint(run);
  return (
    <>
      {best === null ? null : (
        <Button size="small" onClick={() => actions().startFromWeights(id, best.path)}>
          {words.fromWeights}
        </Button>
      )}
      {newest === undefined ? null : (
        <>
          <Button size="small" onClick={() => dialog.current?.showModal()}>
            {words.changed}
          </Button>
          <ContinueDialog key={newest.path} run={run} path={newest.path} dialog={dialog} />
        </>
      )}
      <Button size="small" onClick={() => actions().exportForCluster(id)}>
        {words.cluster}
      </Button>
    </>
  );
}

/** What the button of a run that can go on says in this tab, on this device. */
export function useResumeWords(run: Run): ResumeWords {
  const device = useDevice();
  const status = useStoredRuns().find(({ record }) => record.id === run.record.id)?.status;
  const isKnown = device.status === "ready" && status !== undefined;
  return resumeWords(
    run.checkpoints.length,
    isKnown ? { before: status.pins, now: device.info.pins } : null,
  );
}
