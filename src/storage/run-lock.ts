// Who works on a run: one lock a run, held by the one worker of one tab that writes it. Other tabs watch, and one of them
// inherits the run when that worker is gone. Without Web Locks (Node) there is one tab only.
import { StudioError } from "../lib/errors.ts";

const lockName = (id: string) => `studio-run-${id}`;
const locks = () => globalThis.navigator?.locks;

/** Runs `work` while holding the run: only one worker of one tab may work on it. */
export async function holdRun<Value>(id: string, work: () => Promise<Value>): Promise<Value> {
  const held = await locks()?.request(lockName(id), { ifAvailable: true }, async (lock) => {
    if (lock !== null) return { value: await work() };
    throw new StudioError("This run is going on in another tab.", {
      hint: "Go to that tab, or close it and try again.",
    });
  });
  return held === undefined ? work() : held.value;
}

/**
 * Waits until nobody holds the run any more and does `work` then. Of several tabs only one waits for the run itself; the
 * next one's turn comes when that one's work is done, so that two never reach for the same run.
 */
export async function inheritRun(id: string, work: () => Promise<void>): Promise<void> {
  await locks()?.request(`studio-heir-${id}`, async () => {
    await locks()?.request(lockName(id), () => {});
    await work();
  });
}

/** Those of the runs that some tab works on. */
export async function heldRuns(ids: readonly string[]): Promise<string[]> {
  const names = await heldLocks();
  return ids.filter((id) => names.includes(lockName(id)));
}

/** True while any tab works on a run. */
export async function isAnyRunHeld(): Promise<boolean> {
  return (await heldLocks()).some((name) => name.startsWith(lockName("")));
}

/** One new run at a time, so that two tabs cannot take the same folder. */
export async function withNewRunLock<Value>(work: () => Promise<Value>): Promise<Value> {
  const done = await locks()?.request("studio-new-run", async () => ({ value: await work() }));
  return done === undefined ? work() : done.value;
}

async function heldLocks(): Promise<string[]> {
  const { held = [] } = (await locks()?.query()) ?? {};
  return held.flatMap(({ name }) => name ?? []);
}
