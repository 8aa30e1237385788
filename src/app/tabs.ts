// Several tabs. What a tab's worker tells of its run is passed on to the others, which show it live; when that tab or its
// worker dies, one of them goes on with the run. The storage and the locks decide who writes; the channel only carries news.
import { type RunEvent, runEventSchema } from "../config/events.ts";
import { describePinDifferences } from "../config/pins.ts";
import {
  applyEvents,
  getCurrentId,
  getLiveRun,
  getLoadedRun,
  getStoredRuns,
  setCurrentRun,
} from "../state/run-store.ts";
import { setNotice, useStudioStore } from "../state/studio-store.ts";
import { inheritRun } from "../storage/run-lock.ts";
import { en } from "../ui/text/en.ts";
import { attempt } from "./attempt.ts";
import { createEventFeed } from "./event-feed.ts";
import { interruption } from "./run-control.ts";

/** Milliseconds for which what was heard is kept: longer than it takes to reach the storage. */
const timeToKeep = 60_000;
/** Milliseconds in which a tab that lets go of a run on purpose has surely said so. */
const timeToSayWhy = 300;

interface TabsParts {
  receive(events: readonly RunEvent[]): void;
  /** Reads the list of stored runs anew. */
  refresh(): Promise<void>;
  /** Goes on with a run in this tab, without changing the page that is on the screen. */
  resumeQuietly(runId: string): Promise<void>;
  /** Resolves when this tab's worker is ready, or has failed. */
  ready(): Promise<void>;
}

/** What a tab does about the others. */
export function createTabs({ receive, refresh, resumeQuietly, ready }: TabsParts) {
  // A channel does not hear itself: all that comes is of other tabs.
  const channel =
    typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("studio-run-events");
  const kept: RunEvent[] = [];
  /** Of each run that was heard of, whether its tab was at work on it at last: neither paused nor done. */
  const atWork = new Map<string, boolean>();
  const { take: show, flush } = createEventFeed(receive);
  const waitedFor = new Set<string>();
  const takenOver = new Set<string>();

  const hear = (event: RunEvent) => {
    const { runId } = event;
    if (event.type !== "step") kept.push(event);
    while (Date.now() - (kept[0]?.time ?? Number.POSITIVE_INFINITY) > timeToKeep) kept.shift();
    const phase = phaseAfter(event);
    if (phase !== null || !atWork.has(runId)) atWork.set(runId, phase ?? true);
    // This tab had worked on it, and another one has gone on.
    if (getCurrentId() === runId) setCurrentRun(null);
    show(event);
    const entry = getStoredRuns().find(({ record }) => record.id === runId);
    const isNews = entry === undefined || !entry.elsewhere;
    if (isNews && event.type !== "step" && event.type !== "ended") attempt(refresh);
  };
  if (channel !== undefined) {
    channel.onmessage = ({ data }) => {
      const event = runEventSchema.safeParse(data);
      // A newer studio may have news that this one cannot show.
      if (event.success) hear(event.data);
    };
  }

  /** The run is free: it ended, or its tab is gone. */
  const inherit = async (runId: string) => {
    await new Promise((resolve) => setTimeout(resolve, timeToSayWhy));
    await refresh();
    const entry = getStoredRuns().find(({ record }) => record.id === runId);
    if (!entry?.interrupted) return;
    flush();
    // From here on the storage tells all there is of it: what goes on with the run reads it anew.
    if (getLoadedRun(runId) !== undefined) applyEvents([interruption(runId, undefined)]);
    await ready();
    const { device } = useStudioStore.getState();
    const isExact =
      device.status === "ready" &&
      describePinDifferences(entry.status.pins, device.info.pins).length === 0;
    // Once: a run that brings one worker after the other down must not go round the tabs for ever.
    const isWanted = atWork.get(runId) === true && !takenOver.has(runId);
    if (!isWanted || !isExact || getLiveRun() !== null) return;
    takenOver.add(runId);
    setNotice({ message: en.resume.tookOver(entry.record.name), tone: "warning" });
    await resumeQuietly(runId);
  };

  return {
    /** Passes an event of this tab's worker on. */
    tell: (event: RunEvent) => channel?.postMessage(event),
    /** What was heard of a run in the last seconds. */
    heard: (runId: string) => kept.filter((event) => event.runId === runId),
    /** Waits for the end of the runs that other tabs work on. */
    watch(runIds: readonly string[]) {
      for (const runId of runIds) {
        if (waitedFor.has(runId)) continue;
        waitedFor.add(runId);
        attempt(() =>
          inheritRun(runId, () => inherit(runId)).finally(() => waitedFor.delete(runId)),
        );
      }
    },
  };
}

/** Whether a run's tab works on it after this event, or null where the event does not say. */
function phaseAfter(event: RunEvent): boolean | null {
  if (event.type === "ended" || event.type === "deviceLost") return false;
  if (event.type !== "phaseChanged") return null;
  return event.phase !== "paused" && event.phase !== "interrupted";
}
