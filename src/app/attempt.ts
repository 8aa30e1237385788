// Work that nothing on the page waits for. Its refusal is shown, never lost.
import { toErrorRecord } from "../lib/errors.ts";
import { setNotice } from "../state/studio-store.ts";

/** Runs work that a user asked for, or that follows from an event; where it fails the page says so. */
export function attempt(work: () => Promise<unknown>): void {
  work().catch((error: unknown) => setNotice(toErrorRecord(error)));
}

/** The same, of what the user tries again: what was refused before is not shown any more. */
export function attemptAnew(work: () => Promise<unknown>): void {
  setNotice(null);
  attempt(work);
}
