import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { fileHeader } from "../../../src/formats/tensorboard.ts";
import { listLogs, logBlob, readLines } from "../../../src/storage/logs.ts";
import { createRunLog } from "../../../src/worker/run-log.ts";

const row = (step: number) => ({
  type: "logged" as const,
  row: { epoch: step / 10, grad_norm: 1, learning_rate: 0.1, loss: 0.5, step },
});
const open = (dir: string) =>
  createRunLog({
    runId: "1",
    dir,
    texts: { "args/text_summary": "{}" },
    emit: () => {},
  });

/** Lengths of the records of an event file; throws where one is cut off. */
function recordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer);
  const lengths: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    lengths.push(Number(view.getBigUint64(at, true)));
    at += 16 + (lengths.at(-1) ?? 0);
  }
  expect(at).toBe(bytes.length);
  return lengths;
}

const eventFiles = async (dir: string) =>
  (await listLogs(dir)).filter(({ name }) => name.startsWith("events.out.tfevents."));

test("at each moment the event file holds whole records: version, texts, four scalars a row", async () => {
  const log = open("logs");
  for (let step = 1; step <= 3; step += 1) {
    log.report(row(step));
    await log.flush();
    const [file] = await eventFiles("logs");
    const bytes = new Uint8Array(await (await logBlob("logs", file?.name ?? "")).arrayBuffer());
    expect(recordsOf(bytes)).toHaveLength(2 + 4 * step);
    expect(bytes.subarray(12 + 9, 12 + 24)).toEqual(fileHeader(0).subarray(12 + 9, 12 + 24));
  }
  expect(await readLines("logs", "log.jsonl")).toHaveLength(3);
});

test("a session that logs no row leaves no event file, and each session that does has its own", async () => {
  const silent = open("sessions");
  silent.report({ type: "warned", message: "nothing" });
  await silent.flush();
  expect(await eventFiles("sessions")).toEqual([]);
  for (let session = 0; session < 2; session += 1) {
    const log = open("sessions");
    log.report(row(1));
    await log.flush();
    // File names count seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
  }
  expect(await eventFiles("sessions")).toHaveLength(2);
});
