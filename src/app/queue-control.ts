// The queue of runs: kept in localStorage, so that it survives a reload, and worked off one run after the other.
import { z } from "zod";
import type { RunEvent } from "../config/events.ts";
import { type RunRecord, runRecordSchema } from "../config/run-record.ts";
import { toErrorRecord } from "../lib/errors.ts";
import {
  getQueue,
  holdQueue,
  moveInQueue,
  type QueuedRun,
  queueIsHeld,
  setQueue,
} from "../state/queue-store.ts";
import { getLiveRun } from "../state/run-store.ts";
import { keep, readKept } from "./kept.ts";

const key = "finetune-studio-queue";
const storedQueueSchema = z.object({ version: z.literal(1), records: z.array(runRecordSchema) });

/** What the page can do with the queue. `start` begins a run and rejects with its refusal. */
export function createQueueControl(start: (record: RunRecord) => Promise<void>) {
  const change = (queue: readonly QueuedRun[]) => {
    setQueue(queue);
    keep(key, { records: queue.map(({ record }) => record) });
  };
  const without = (id: string) => getQueue().filter(({ record }) => record.id !== id);

  /** Starts the first run that was not refused, where nothing is going on. */
  const startNext = async (): Promise<void> => {
    const next = getQueue().find(({ error }) => error === null);
    if (next === undefined || getLiveRun() !== null) return;
    holdQueue(false);
    change(without(next.record.id));
    try {
      await start(next.record);
    } catch (error) {
      // A refused run is kept with its reason, and the others get their turn.
      change([{ record: next.record, error: toErrorRecord(error) }, ...getQueue()]);
      await startNext();
    }
  };

  return {
    /** At start-up. A queue that was left waits for someone to say so: nothing trains by surprise. */
    restore() {
      const records = readQueue();
      setQueue(records.map((record) => ({ record, error: null })));
      holdQueue(records.length > 0);
    },
    async add(records: readonly RunRecord[]) {
      // What held an empty queue, such as a run cut off long ago, says nothing of runs that come later.
      if (getQueue().length === 0) holdQueue(false);
      change([...getQueue(), ...records.map((record) => ({ record, error: null }))]);
      if (!queueIsHeld()) await startNext();
    },
    remove: (id: string) => change(without(id)),
    move: (id: string, by: number) => change(moveInQueue(getQueue(), id, by)),
    /** Starts the queue by hand; refused runs are tried again. */
    async goOn() {
      change(getQueue().map(({ record }) => ({ record, error: null })));
      await startNext();
    },
    /** A run that ended makes room for the next one; one that someone stopped, or that was cut off, holds the queue. */
    async receive(events: readonly RunEvent[]) {
      const end = events.find((event) => event.type === "ended");
      if (end?.type !== "ended" || getQueue().length === 0) return;
      if (end.phase === "stopped") holdQueue(true);
      else if (!queueIsHeld()) await startNext();
    },
  };
}

const readQueue = (): RunRecord[] => storedQueueSchema.safeParse(readKept(key)).data?.records ?? [];
