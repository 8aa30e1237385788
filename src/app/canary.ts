// A canary outside IndexedDB. A cleared database looks like a first visit; what localStorage still knows tells them apart.
import { z } from "zod";
import type { ErrorRecord } from "../lib/errors.ts";
import { en } from "../ui/text/en.ts";

const key = "finetune-studio-kept";
const keptSchema = z.object({
  version: z.literal(1),
  runs: z.number(),
  newest: z.string(),
  /** Milliseconds since 1970. */
  seenAt: z.number(),
});

/** Notes how many runs there are, newest first. */
export function rememberRuns(names: readonly string[]): void {
  const [newest = ""] = names;
  const kept = { version: 1, runs: names.length, newest, seenAt: Date.now() };
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // Storage is switched off: then there is nothing to lose either.
  }
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

/** What to tell at start-up where runs were kept and none is left, else null. */
export function describeLoss(names: readonly string[]): ErrorRecord | null {
  if (names.length > 0) return null;
  const kept = readKept();
  if (kept === null || kept.runs === 0) return null;
  const { message, hint } = en.resume.lost;
  return { message: message(kept.runs, kept.newest, day.format(kept.seenAt)), hint };
}

function readKept(): z.output<typeof keptSchema> | null {
  try {
    const stored = keptSchema.safeParse(JSON.parse(localStorage.getItem(key) ?? "null"));
    return stored.success ? stored.data : null;
  } catch {
    return null;
  }
}
