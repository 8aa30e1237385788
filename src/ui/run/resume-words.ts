// "Resume exactly" only where it is true, else "Continue" and why; plainly "Resume" until that is known.
import { describePinDifferences, type Pins } from "../../config/pins.ts";
import { en } from "../text/en.ts";

const words = en.resume;

export interface ResumeWords {
  readonly label: string;
  /** What the button promises, or why it promises less. */
  readonly title: string;
  readonly isExact: boolean;
}

/** `pins`: what the run was computed on and what it would be now, or null while one of the two is not known. */
export function resumeWords(
  checkpoints: number,
  pins: { readonly before: Pins | null; readonly now: Pins } | null,
): ResumeWords {
  if (checkpoints === 0) return { label: words.again, title: words.exactlyHint, isExact: true };
  if (pins === null) return { label: words.resume, title: "", isExact: true };
  const differences = describePinDifferences(pins.before, pins.now);
  return differences.length === 0
    ? { label: words.exactly, title: words.exactlyHint, isExact: true }
    : { label: words.continue, title: words.notExactly(differences.join(", ")), isExact: false };
}
