// The files of a run's logging_dir: `events.jsonl` (what happened, with times) and `log.jsonl` (the Trainer's log rows).
import type { LogRow, RunEvent, RunEventBody } from "../config/events.ts";
import { appendLines } from "../storage/logs.ts";

const flushInterval = 500; // milliseconds

/** Sends events to the page at once and to the files a few times a second. */
export function createRunLog(runId: string, dir: string, emit: (event: RunEvent) => void) {
  let events: string[] = [];
  let rows: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  /** Writes what waits and resolves when all of it is stored. */
  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    const lines = { "events.jsonl": events, "log.jsonl": rows };
    events = [];
    rows = [];
    writing = writing.then(async () => {
      for (const [file, batch] of Object.entries(lines)) await appendLines(dir, file, batch);
    });
    await writing;
  };

  const report = (body: RunEventBody) => {
    const event = { version: 1, runId, time: Date.now(), ...body } as const;
    emit(event);
    if (event.type === "step") return;
    events.push(JSON.stringify(event));
    const row = logRow(event);
    if (row !== null) rows.push(JSON.stringify(row));
    timer ??= setTimeout(() => void flush(), flushInterval);
  };
  return { report, flush };
}

function logRow(event: RunEventBody): LogRow | null {
  const hasRow =
    event.type === "logged" || event.type === "evaluated" || event.type === "summarized";
  return hasRow ? event.row : null;
}
