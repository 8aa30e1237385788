// TensorBoard event files: TFRecords of Event protobufs, byte for byte as torch.utils.tensorboard writes them for the Trainer.
import { crc32c } from "../lib/crc32c.ts";

/** One point of a curve, or a text. `wallTime` is in seconds since 1970. */
export type TensorboardEvent =
  | {
      readonly tag: string;
      readonly wallTime: number;
      readonly step: number;
      readonly value: number;
    }
  | { readonly tag: string; readonly wallTime: number; readonly text: string };

/** `events.out.tfevents.<10-digit second>.<host>.<pid>.<uid>`: TensorBoard finds event files by this name. */
export const eventFileName = (startedAt: number) =>
  `events.out.tfevents.${Math.floor(startedAt / 1000)
    .toString()
    .padStart(10, "0")}.studio.0.0`;

/** The first record of a file: the format's version and the writer. */
export function fileHeader(wallTime: number): Uint8Array<ArrayBuffer> {
  const source = bytesField(1, utf8("tensorboard.summary.writer.event_file_writer"));
  return record([
    ...doubleField(1, wallTime),
    ...bytesField(3, utf8("brain.Event:2")),
    ...bytesField(10, source),
  ]);
}

/** One record for one event. */
export function eventRecord(event: TensorboardEvent): Uint8Array<ArrayBuffer> {
  const value =
    "text" in event
      ? [
          ...bytesField(1, utf8(event.tag)),
          ...bytesField(8, textTensor(event.text)),
          ...bytesField(9, bytesField(1, bytesField(1, utf8("text")))),
        ]
      : [...bytesField(1, utf8(event.tag)), ...floatField(2, event.value)];
  const step = "text" in event || event.step === 0 ? [] : [...varintField(2, event.step)];
  return record([
    ...doubleField(1, event.wallTime),
    ...step,
    ...bytesField(5, bytesField(1, value)),
  ]);
}

/**
 * The Trainer's scalars of one log row: `eval_x` under `eval/x`, everything else under `train/x`, `epoch` last.
 * A value that is not a number is left out.
 */
export function scalarsOfRow(
  row: Readonly<Record<string, unknown>>,
  wallTime: number,
): TensorboardEvent[] {
  const { step, ...values } = row;
  return Object.entries(values)
    .sort(([a], [b]) => placeOf(a) - placeOf(b))
    .flatMap(([name, value]) => {
      if (typeof value !== "number" || typeof step !== "number") return [];
      const tag = name.startsWith("eval_") ? `eval/${name.slice(5)}` : `train/${name}`;
      return [{ tag, wallTime, step, value }];
    });
}

/** The Trainer's order of a row: the loss, the metrics, times, the run's sums, the epoch. */
const order = [
  /^(eval_)?loss$/u,
  /^(?!.*(_runtime|_per_second)$)(?!total_flos$|train_loss$|epoch$)/u,
  /_runtime$/u,
  /_samples_per_second$/u,
  /_steps_per_second$/u,
  /^total_flos$/u,
  /^train_loss$/u,
];

function placeOf(name: string): number {
  const place = order.findIndex((pattern) => pattern.test(name));
  return place < 0 ? order.length : place;
}

/** TFRecord: length, masked checksum of the length, payload, masked checksum of the payload. */
function record(payload: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(payload.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(payload.length), true);
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true);
  bytes.set(payload, 12);
  view.setUint32(12 + payload.length, maskedCrc(bytes.subarray(12, 12 + payload.length)), true);
  return bytes;
}

function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A string tensor of shape [1]: how the text plugin stores a text. */
function textTensor(text: string): number[] {
  const stringType = 7;
  const shape = bytesField(2, varintField(1, 1));
  return [...varintField(1, stringType), ...bytesField(2, shape), ...bytesField(8, utf8(text))];
}

const utf8 = (text: string) => new TextEncoder().encode(text);

// The four kinds of protobuf fields that an Event has.
const varintField = (field: number, value: number) => [field << 3, ...varint(value)];
const bytesField = (field: number, value: ArrayLike<number>) => [
  (field << 3) | 2,
  ...varint(value.length),
  ...Array.from(value),
];
const doubleField = (field: number, value: number) => [
  (field << 3) | 1,
  ...new Uint8Array(new Float64Array([value]).buffer),
];
const floatField = (field: number, value: number) => [
  (field << 3) | 5,
  ...new Uint8Array(new Float32Array([value]).buffer),
];

/** Seven bits a byte, the lowest first. `value` is a whole number of at most 2^53. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
