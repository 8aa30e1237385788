// The files of a run's logging_dir: `events.jsonl` (what happened, with times), `log.jsonl` (the Trainer's log rows) and
// one TensorBoard event file a session.
import type { LogRow, RunEvent, RunEventBody } from "../config/events.ts";
import { eventFileName, eventRecord, fileHeader, scalarsOfRow } from "../formats/tensorboard.ts";
import { appendLogs, replaceLines } from "../storage/logs.ts";

const flushInterval = 500; // milliseconds
const rowsFile = "log.jsonl";

interface RunLogParts {
  readonly runId: string;
  readonly dir: string;
  /** What TensorBoard's text page shows: arguments and model, as JSON under their tags. */
  readonly texts: Readonly<Record<string, string>>;
  emit(event: RunEvent): void;
}

/** Sends events to the page at once and to the files a few times a second. */
export function createRunLog({ runId, dir, texts, emit }: RunLogParts) {
  const events: string[] = [];
  const rows: string[] = [];
  const board = createBoard(texts);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  const write = async () => {
    const records = board.waiting();
    const parts = { "events.jsonl": [...events], [rowsFile]: [...rows], ...records.parts };
    await appendLogs(dir, parts);
    // Only now: where the storage is full, all of it waits for the next time.
    events.splice(0, parts["events.jsonl"].length);
    rows.splice(0, parts[rowsFile]?.length ?? 0);
    records.drop();
  };
  /** Writes what waits and resolves when all of it is stored. */
  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.catch(() => {}).then(write);
    await writing;
  };
  /** `log.jsonl` becomes the rows up to a checkpoint: those after it are made again. */
  const restart = async (history: readonly LogRow[]) => {
    await flush();
    await replaceLines(dir, rowsFile, history.map(rowLine));
  };

  const report = (body: RunEventBody) => {
    const event = { version: 1, runId, time: Date.now(), ...body } as const;
    emit(event);
    if (event.type === "step") return;
    events.push(JSON.stringify(event));
    const row = logRow(event);
    if (row !== null) {
      rows.push(rowLine(row));
      board.add(row, event.time);
    }
    // A failure is no loss: the lines are kept, and the next save, which flushes too, tells of it.
    timer ??= setTimeout(() => flush().catch(() => {}), flushInterval);
  };
  return { report, flush, restart };
}

/** One row as a line, its keys sorted: a row that was read back gives the same bytes. */
const rowLine = (row: LogRow) => JSON.stringify(row, Object.keys(row).sort());

/** The session's event file. It begins with the first row, so a session that never trains leaves none. */
function createBoard(texts: Readonly<Record<string, string>>) {
  let file: string | undefined;
  const records: Uint8Array<ArrayBuffer>[] = [];
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
    /** The whole records that wait, as one part of the file, and what forgets them once they are written. */
    waiting() {
      const batch = [...records];
      const parts: Record<string, Uint8Array<ArrayBuffer>> = file === undefined
        ? {}
        : { [file]: concat(batch) };
      return { parts, drop: () => records.splice(0, batch.length) };
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
