// "Verify in Python": a zip with which PyTorch alone replays the run's first updates.
import { useState } from "react";
import { toErrorRecord } from "../../lib/errors.ts";
import { actions } from "../../state/actions.ts";
import { setNotice } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { verifyWords as words } from "../text/en-training.ts";

export function VerifyButton({ runId }: { readonly runId: string }) {
  const [isBusy, setBusy] = useState(false);
  const press = async () => {
    setBusy(true);
    try {
      await actions().verifyInPython(runId);
    } catch (error) {
      setNotice(toErrorRecord(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button size="small" title={words.why} disabled={isBusy} onClick={() => void press()}>
      {isBusy ? words.making : words.verify}
    </Button>
  );
}
