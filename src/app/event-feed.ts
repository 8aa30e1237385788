// Lets worker events through to the page at most four times a second, in order. It knows no store.
import type { RunEvent } from "../config/events.ts";

const interval = 250; // milliseconds; charts redraw at most this often

/**
 * Takes events as they come and hands them on in batches; the end and what someone asked for go at once. Before the news that their
 * worker is gone `flush` hands on what waits: later it would call the run alive.
 */
export function createEventFeed(deliver: (events: readonly RunEvent[]) => void) {
  let waiting: RunEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) deliver(batch);
  };

  const take = (event: RunEvent): void => {
    // Of two steps in a row only the newer one is worth drawing.
    if (event.type === "step" && waiting.at(-1)?.type === "step") waiting.pop();
    waiting.push(event);
    if (isUrgent(event)) flush();
    else timer ??= setTimeout(flush, interval);
  };
  return { take, flush };
}

/** A short epoch is trained and scored hundreds of times a second: those two phases wait, or the page would do nothing but draw. */
const isUrgent = (event: RunEvent): boolean =>
  event.type === "ended" ||
  (event.type === "phaseChanged" && event.phase !== "training" && event.phase !== "evaluating");
