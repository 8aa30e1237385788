import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  eventFileName,
  eventRecord,
  fileHeader,
  scalarsOfRow,
} from "../../../src/formats/tensorboard.ts";
import { crc32c } from "../../../src/lib/crc32c.ts";

// The file that transformers 5.18 wrote for shared golden/hf-run, and the log rows of the same run.
const golden = new Uint8Array(
  readFileSync(
    new URL("../../golden/hf-run/runs/events.out.tfevents.0.studio.0.0", import.meta.url),
  ),
);

test("the checksum is CRC-32C: the standard's check value", () => {
  expect(crc32c(new TextEncoder().encode("123456789")).toString(16)).toBe("e3069283");
});

test("the golden record of the notes comes out byte for byte", () => {
  const wanted =
    "2100000000000000017becf609b3def8cf0cc1da4110052a140a120a0b747261696e2f65706f63681566662640a7fdc8ae";
  const wallTime = new DataView(Uint8Array.from(Buffer.from(wanted.slice(26, 42), "hex")).buffer);
  const made = eventRecord({
    tag: "train/epoch",
    wallTime: wallTime.getFloat64(0, true),
    step: 5,
    value: 2.6,
  });
  expect(Buffer.from(made).toString("hex")).toBe(wanted);
});

test("the whole file of a Trainer run is rebuilt byte for byte from its values", () => {
  const events = readEvents(golden);
  const made = events.map((event, index) => {
    if (index === 0) return fileHeader(event.wallTime);
    const { wallTime, step, text } = event;
    const tag = event.tag ?? "";
    return eventRecord(
      text === null ? { tag, wallTime, step, value: event.value ?? 0 } : { tag, wallTime, text },
    );
  });
  expect(events.length).toBe(99);
  let at = 0;
  made.forEach((record, index) => {
    expect(Buffer.from(record).toString("hex"), `record ${index}`).toBe(
      Buffer.from(golden.subarray(at, at + record.length)).toString("hex"),
    );
    at += record.length;
  });
  expect(at).toBe(golden.length);
});

test("log rows become the Trainer's scalars, in the Trainer's order", () => {
  const events = readEvents(golden).slice(3);
  const tagsAt = (step: number) =>
    events.filter((event) => event.step === step).map(({ tag }) => tag);
  const rows = [
    { epoch: 3, grad_norm: 1, learning_rate: 1, loss: 1, step: 15 },
    {
      epoch: 3,
      eval_accuracy: 1,
      eval_loss: 1,
      eval_runtime: 1,
      eval_samples_per_second: 1,
      eval_steps_per_second: 1,
      step: 15,
    },
    {
      epoch: 3,
      step: 15,
      total_flos: 1,
      train_loss: 1,
      train_runtime: 1,
      train_samples_per_second: 1,
      train_steps_per_second: 1,
    },
  ];
  expect(rows.flatMap((row) => scalarsOfRow(row, 1)).map(({ tag }) => tag)).toEqual(tagsAt(15));
});

test("a value that is not a number is left out of a row's scalars", () => {
  const row = { epoch: 1, grad_norm: null, learning_rate: 0.1, loss: null, step: 2 };
  expect(scalarsOfRow(row, 1).map(({ tag }) => tag)).toEqual([
    "train/learning_rate",
    "train/epoch",
  ]);
});

test("the file name has the ten-digit second that TensorBoard looks for", () => {
  expect(eventFileName(1795437375888)).toBe("events.out.tfevents.1795437375.studio.0.0");
});

interface ReadEvent {
  wallTime: number;
  step: number;
  tag: string | null;
  value: number | null;
  text: string | null;
}

/** A reader of just what these files hold, written apart from the writer. */
function readEvents(file: Uint8Array): ReadEvent[] {
  const events: ReadEvent[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    events.push(readEvent(file.subarray(at + 12, at + 12 + length)));
    at += 16 + length;
  }
  return events;
}

function readEvent(bytes: Uint8Array): ReadEvent {
  const fields = readFields(bytes);
  const value = fields.get(5) ? readFields(readFields(fields.get(5)?.bytes).get(1)?.bytes) : null;
  const text = value?.get(8) ? readFields(value.get(8)?.bytes).get(8) : undefined;
  const decode = (part: { bytes: Uint8Array } | undefined) =>
    part === undefined ? null : new TextDecoder().decode(part.bytes);
  const float = value?.get(2)?.bytes;
  return {
    wallTime: new DataView((fields.get(1)?.bytes ?? new Uint8Array(8)).slice().buffer).getFloat64(
      0,
      true,
    ),
    step: fields.get(2)?.number ?? 0,
    tag: decode(value?.get(1)),
    value: float ? new DataView(float.slice().buffer).getFloat32(0, true) : null,
    text: decode(text),
  };
}

function readFields(bytes: Uint8Array = new Uint8Array()) {
  const fields = new Map<number, { bytes: Uint8Array; number: number }>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const kind = key & 7;
    const number = kind === 0 ? varint() : 0;
    const length = kind === 0 ? 0 : kind === 1 ? 8 : kind === 5 ? 4 : varint();
    fields.set(key >> 3, { bytes: bytes.subarray(at, at + length), number });
    at += length;
  }
  return fields;
}
