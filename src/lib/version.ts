// Versions of what outlives a build. Data of a newer studio is shown and exported as far as it can be, and never written.
import { StudioError } from "./errors.ts";

/** True where stored data says that it is of a higher version than this code knows. */
export const isNewer = (stored: unknown, known: number): boolean =>
  typeof stored === "object" &&
  stored !== null &&
  "version" in stored &&
  typeof stored.version === "number" &&
  stored.version > known;

/** What to throw instead of misreading or overwriting data of a newer studio. `what` begins the sentence. */
export const newerData = (what: string): StudioError =>
  new StudioError(`${what} was written by a newer version of the studio.`, {
    hint: "Reload the page to get that version. Here it can be looked at and exported; nothing of it was changed.",
    code: "newer-data",
  });
