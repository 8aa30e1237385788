// The files of a run's logging_dir: `events.jsonl` (what happened, with times), `log.jsonl` (the Trainer's log rows) and
// one TensorBoard event file a session.
import type { LogRow, RunEvent, RunEventBody } from "../config/events.ts";
import { eventFileName, eventRecord, fileHeader, scalarsOfRow } from "../formats/tensorboard.ts";
import { appendLogs } from "../storage/logs.ts";

const flushInterval = 500; // milliseconds

interface RunLogParts {
  readonly runId: string;
  readonly dir: string;
  /** What TensorBoard's text page shows: arguments and model, as JSON under their tags. */
  readonly texts: Readonly<Record<string, string>>;
  emit(event: RunEvent): void;
}

/** Sends events to the page at once and to the files a few times a second. */
export function createRunLog({ runId, dir, texts, emit }: RunLogParts) {
  let events: string[] = [];
  let rows: string[] = [];
  const board = createBoard(texts);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  /** Writes what waits and resolves when all of it is stored. */
  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    const parts = { "events.jsonl": events, "log.jsonl": rows, ...board.take() };
    events = [];
    rows = [];
    writing = writing.then(() => appendLogs(dir, parts));
    await writing;
  };

  const report = (body: RunEventBody) => {
    const event = { version: 1, runId, time: Date.now(), ...body } as const;
    emit(event);
    if (event.type === "step") return;
    events.push(JSON.stringify(event));
    const row = logRow(event);
    if (row !== null) {
      rows.push(JSON.stringify(row));
      board.add(row, event.time);
    }
    timer ??= setTimeout(() => void flush(), flushInterval);
  };
  return { report, flush };
}

/** The session's event file. It begins with the first row, so a session that never trains leaves none. */
function createBoard(texts: Readonly<Record<string, string>>) {
  let file: string | undefined;
  let records: Uint8Array<ArrayBuffer>[] = [];
  return {
    add(row: LogRow, time: number) {
      const wallTime = time / 1000;
      if (file === undefined) {
        file = eventFileName(time);
        records.push(fileHeader(wallTime));
        for (const [tag, text] of Object.entries(texts)) {
          records.push(eventRecord({ tag, wallTime, text }));
        }
      }
      for (const scalar of scalarsOfRow(row, wallTime)) records.push(eventRecord(scalar));
    },
    /** The whole records that wait, as one part of the file. */
    take(): Record<string, Uint8Array<ArrayBuffer>> {
      if (file === undefined) return {};
      const bytes = concat(records);
      records = [];
      return { [file]: bytes };
    },
  };
}

function concat(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function logRow(event: RunEventBody): LogRow | null {
  const hasRow =
    event.type === "logged" || event.type === "evaluated" || event.type === "summarized";
  return hasRow ? event.row : null;
}
