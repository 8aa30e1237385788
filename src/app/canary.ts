// A canary outside IndexedDB. A cleared database looks like a first visit; what localStorage still knows tells them apart.
import { z } from "zod";
import type { ErrorRecord } from "../lib/errors.ts";
import { en } from "../ui/text/en.ts";
import { keep, readKept } from "./kept.ts";

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
  keep(key, { runs: names.length, newest, seenAt: Date.now() });
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

/** What to tell at start-up where runs were kept and none is left, else null. */
export function describeLoss(names: readonly string[]): ErrorRecord | null {
  if (names.length > 0) return null;
  const kept = keptSchema.safeParse(readKept(key)).data;
  if (kept === undefined || kept.runs === 0) return null;
  const { message, hint } = en.resume.lost;
  return { message: message(kept.runs, kept.newest, day.format(kept.seenAt)), hint };
}
