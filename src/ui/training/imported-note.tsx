// Says that the next run continues from a dropped checkpoint, until it does or the user starts anew.
import { forgetImportedCheckpoint, useImportedCheckpoint } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";

const words = en.resume.imported;

export function ImportedNote() {
  const checkpoint = useImportedCheckpoint();
  if (checkpoint === null) return null;
  const { path, step, maxSteps } = checkpoint;
  return (
    <ErrorNote
      tone="warning"
      error={{ message: words.title(path, step, maxSteps), hint: words.hint }}
      action={
        <Button size="small" onClick={forgetImportedCheckpoint}>
          {words.forget}
        </Button>
      }
    />
  );
}
