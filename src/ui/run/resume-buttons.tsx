// The ways to go on with a run that is over or cut off: exactly, with changes, or a new run from its weights.
import { useRef } from "react";
import { describePinDifferences } from "../../config/pins.ts";
import { actions } from "../../state/actions.ts";
import { bestCheckpoint, type Run } from "../../state/run-state.ts";
import { useStoredRuns } from "../../state/run-store.ts";
import { useDevice } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { en } from "../text/en.ts";
import { ContinueDialog } from "./continue-dialog.tsx";

const words = en.resume;

/** Goes on with a run that did not come to its end; nothing for one that did. */
export function ResumeButton({ run }: { readonly run: Run }) {
  const { label, title } = useResumeWords(run);
  if (run.phase === "completed") return null;
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

/** "Resume exactly" only where it is true, else "Continue" and why. */
export function useResumeWords(run: Run): { label: string; title: string; isExact: boolean } {
  const device = useDevice();
  const status = useStoredRuns().find(({ record }) => record.id === run.record.id)?.status;
  if (run.checkpoints.length === 0) {
    return { label: words.again, title: words.exactlyHint, isExact: true };
  }
  if (device.status !== "ready" || status === undefined) {
    return { label: words.continue, title: "", isExact: true };
  }
  const differences = describePinDifferences(status.pins, device.info.pins);
  return differences.length === 0
    ? { label: words.exactly, title: words.exactlyHint, isExact: true }
    : { label: words.continue, title: words.notExactly(differences.join(", ")), isExact: false };
}
