import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseSafetensors,
  type SafetensorsSource,
  serializeSafetensors,
} from "../../../src/formats/safetensors.ts";
import { StudioError } from "../../../src/lib/errors.ts";

const oneFloat = { dtype: "F32", shape: [1], data_offsets: [0, 4] };

describe("written files", () => {
  test("have the bytes that the reference writes", () => {
    // safetensors 0.5 (Python): save({"a": tensor([1., 2.])}, {"format": "pt"}); the header is padded with spaces.
    const header =
      '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const bytes = serializeSafetensors(
      new Map([["a", { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) }]]),
    );
    expect(bytes).toEqual(joinFile(header.padEnd(Math.ceil(header.length / 8) * 8), floats(1, 2)));
  });

  test("come back equal, tensor for tensor, in F32", () => {
    const tensor = fc.array(fc.nat(3), { maxLength: 4 }).chain((shape) => {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      return fc
        .float32Array({ minLength: size, maxLength: size })
        .map((data): SafetensorsSource => ({ dtype: "F32", shape, data }));
    });
    const files = fc.array(fc.tuple(fc.string({ unit: "binary" }), tensor), { maxLength: 6 });
    fc.assert(
      fc.property(files, (entries) => {
        const tensors = new Map(entries.filter(([name]) => name !== "__metadata__"));
        const file = parseSafetensors(serializeSafetensors(tensors), "file");
        expect(new Set(file.tensors.keys())).toEqual(new Set(tensors.keys()));
        for (const [name, { shape, data }] of tensors) {
          const entry = file.tensors.get(name);
          expect(entry?.shape).toEqual(shape);
          expect(entry?.data).toEqual(data);
        }
        expect(file.metadata).toEqual(new Map([["format", "pt"]]));
      }),
    );
  });

  test("put larger dtypes first and sort names, so that every tensor is aligned", () => {
    const data = Float32Array.of(0.5, -2, 65504);
    const file = parseSafetensors(
      serializeSafetensors(
        new Map<string, SafetensorsSource>([
          ["b", { dtype: "F16", shape: [3], data }],
          ["z", { dtype: "F32", shape: [3], data }],
          ["a", { dtype: "F16", shape: [3], data }],
        ]),
      ),
      "file",
    );
    expect([...file.tensors.keys()]).toEqual(["z", "a", "b"]);
    expect(file.tensors.get("b")?.data).toEqual(data);
    expect(file.tensors.get("b")?.byteLength).toBe(6);
  });

  test("are refused when data and shape differ", () => {
    const tensors = new Map([["w", { dtype: "F32" as const, shape: [2, 3], data: floatsOf(5) }]]);
    expect(() => serializeSafetensors(tensors)).toThrow("needs 6 values but has 5");
  });
});

describe("read files", () => {
  test("give BF16, F64, I32 and I64 as float32", () => {
    const header = {
      bf: { dtype: "BF16", shape: [2], data_offsets: [0, 4] },
      i32: { dtype: "I32", shape: [1], data_offsets: [4, 8] },
      i64: { dtype: "I64", shape: [1], data_offsets: [8, 16] },
      f64: { dtype: "F64", shape: [1], data_offsets: [16, 24] },
    };
    const data = new DataView(new ArrayBuffer(24));
    data.setUint16(0, 0x3f80, true);
    data.setUint16(2, 0xc000, true);
    data.setInt32(4, -7, true);
    data.setBigInt64(8, 12n, true);
    data.setFloat64(16, 0.25, true);
    const { tensors } = parseSafetensors(
      joinFile(JSON.stringify(header), new Uint8Array(data.buffer)),
      "file",
    );
    expect([...tensors].map(([name, { data }]) => [name, ...data])).toEqual([
      ["bf", 1, -2],
      ["i32", -7],
      ["i64", 12],
      ["f64", 0.25],
    ]);
  });

  test("may begin anywhere in a larger buffer", () => {
    const bytes = joinFile(JSON.stringify({ a: oneFloat }), floats(3));
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(parseSafetensors(shifted.subarray(3), "file").tensors.get("a")?.data).toEqual(
      floatsOf(3, 1),
    );
    expect(parseSafetensors(Buffer.from(bytes), "file").tensors.get("a")?.data).toEqual(
      floatsOf(3, 1),
    );
  });

  test("keep names that are special to JavaScript objects", () => {
    const bytes = joinFile(
      '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      floats(1),
    );
    expect([...parseSafetensors(bytes, "file").tensors.keys()]).toEqual(["__proto__"]);
  });

  test("say which dtype cannot be trained with, and only when its values are asked for", () => {
    const header = { flags: { dtype: "BOOL", shape: [4], data_offsets: [0, 4] } };
    const { tensors } = parseSafetensors(
      joinFile(JSON.stringify(header), floats(0)),
      "m.safetensors",
    );
    expect(() => tensors.get("flags")?.data).toThrow(
      "m.safetensors: tensor flags has the dtype BOOL",
    );
  });
});

describe("hostile files are refused with the numbers", () => {
  const entry = (changes: object): string => JSON.stringify({ w: { ...oneFloat, ...changes } });
  const two = (a: number[], b: number[]): string =>
    JSON.stringify({ a: { ...oneFloat, data_offsets: a }, b: { ...oneFloat, data_offsets: b } });

  test.each<[string, Uint8Array, RegExp]>([
    ["shorter than 8 bytes", new Uint8Array(7), /has 7 bytes/u],
    ["a header above the limit", withLength(100_000_001n), /100000001 bytes; the limit/u],
    ["a header length of 64 bits", withLength(2n ** 64n - 1n), /18446744073709551615 bytes/u],
    ["a header that ends after the file", withLength(9n), /only 8 bytes follow/u],
    ["a header that is not UTF-8", joinFile(Uint8Array.of(0xff, 0xfe), floats(1)), /not UTF-8/u],
    ["a header that is not JSON", joinFile("{w", floats(1)), /not JSON/u],
    ["a header that is a list", joinFile("[]", floats()), /not a JSON object/u],
    [
      "a tensor twice",
      joinFile(`{"w":${JSON.stringify(oneFloat)},"w":${JSON.stringify(oneFloat)}}`, floats(1)),
      /"w" twice/u,
    ],
    ["metadata that is not text", joinFile('{"__metadata__":{"a":1}}', floats()), /text to text/u],
    ["a tensor that is no object", joinFile('{"w":3}', floats(1)), /w has the dtype undefined/u],
    ["an unknown dtype", joinFile(entry({ dtype: "F99" }), floats(1)), /w has the dtype "F99"/u],
    [
      "a dtype of Object.prototype",
      joinFile(entry({ dtype: "constructor" }), floats(1)),
      /"constructor"/u,
    ],
    ["a negative dimension", joinFile(entry({ shape: [-1] }), floats(1)), /shape \[-1\]/u],
    ["a broken dimension", joinFile(entry({ shape: [0.5] }), floats(1)), /shape \[0.5\]/u],
    [
      "too many dimensions",
      joinFile(entry({ shape: new Array(9).fill(1) }), floats(1)),
      /9 dimensions/u,
    ],
    [
      "a product that overflows",
      joinFile(entry({ shape: [2 ** 40, 2 ** 40] }), floats(1)),
      /needs .* bytes but has 4/u,
    ],
    [
      "a shape that its bytes do not fill",
      joinFile(entry({ shape: [2] }), floats(1)),
      /needs 8 bytes but has 4/u,
    ],
    ["one offset", joinFile(entry({ data_offsets: [4] }), floats(1)), /data_offsets \[4\]/u],
    [
      "offsets that run backwards",
      joinFile(entry({ data_offsets: [0, -4] }), floats(1)),
      /data_offsets/u,
    ],
    [
      "a hole before the first tensor",
      joinFile(entry({ data_offsets: [4, 8] }), floats(1, 2)),
      /must begin at 0/u,
    ],
    [
      "a hole between tensors",
      joinFile(two([0, 4], [8, 12]), floats(1, 2, 3)),
      /b has the bytes 8 to 12; it must begin at 4/u,
    ],
    ["tensors that overlap", joinFile(two([0, 4], [2, 6]), floats(1, 2)), /must begin at 4/u],
    ["bytes after the last tensor", joinFile(entry({}), floats(1, 2)), /end at byte 4 .* has 8/u],
    ["bytes that are missing", joinFile(entry({}), new Uint8Array(3)), /end at byte 4 .* has 3/u],
  ])("%s", (_, bytes, message) => {
    expect(() => parseSafetensors(bytes, "model.safetensors")).toThrow(message);
    expect(() => parseSafetensors(bytes, "model.safetensors")).toThrow(/^model\.safetensors/u);
  });

  test("random damage gives a StudioError or a file whose tensors can be read, and nothing else", () => {
    const whole = joinFile(two([0, 4], [4, 8]), floats(1, 2));
    const place = fc.nat(whole.length - 1);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 4 }),
        place,
        (changes, cut) => {
          const bytes = whole.slice(0, whole.length - (cut % 7));
          for (const [index, value] of changes) bytes[index] = value;
          try {
            for (const { data } of parseSafetensors(bytes, "file").tensors.values()) {
              expect(data).toBeInstanceOf(Float32Array);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(StudioError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function joinFile(header: string | Uint8Array, data: Uint8Array): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function withLength(length: bigint): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
}

function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function floatsOf(value: number, length = value): Float32Array {
  return new Float32Array(length).fill(value);
}
