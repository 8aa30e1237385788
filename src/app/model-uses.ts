// When each model was loaded last, in localStorage. Losing it loses a line of the models panel.
import { z } from "zod";

const key = "finetune-studio-model-uses";
const usesSchema = z.record(z.string(), z.number());

/** Milliseconds since 1970 by model id. */
export function readModelUses(): ReadonlyMap<string, number> {
  try {
    const kept = usesSchema.safeParse(JSON.parse(localStorage.getItem(key) ?? "{}"));
    return new Map(Object.entries(kept.data ?? {}));
  } catch {
    return new Map();
  }
}

/** Notes that a model is used now, and forgets those that are not stored any more. */
export function noteModelUse(id: string, stored: readonly string[]): void {
  const known = new Set([...stored, id]);
  const uses = [...readModelUses()].filter(([each]) => known.has(each));
  try {
    localStorage.setItem(key, JSON.stringify(Object.fromEntries([...uses, [id, Date.now()]])));
  } catch {
    // Storage is switched off: the panel shows no times.
  }
}
