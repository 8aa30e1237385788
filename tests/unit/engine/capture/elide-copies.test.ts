import { expect, test } from "vitest";
import type { Command, Range } from "../../../../src/engine/capture/commands.ts";
import { elideCopies } from "../../../../src/engine/capture/elide-copies.ts";
import { Scratch } from "../../../../src/engine/capture/scratch.ts";

const area = { size: 4096 } as GPUBuffer;
const other = { size: 4096 } as GPUBuffer;
const whole = (buffer: GPUBuffer | Scratch): Range => ({ buffer, offset: 0, size: buffer.size });
const inArea = (offset: number, size: number): Range => ({ buffer: area, offset, size });

function dispatch(name: string, reads: readonly Range[], writes: readonly Range[]): Command {
  const bind = (isWritten: boolean) => (range: Range) => ({ ...range, name: "", isWritten });
  const bindings = [...reads.map(bind(false)), ...writes.map(bind(true))];
  return { name, pipeline: {} as GPUComputePipeline, workgroups: [1, 1, 1], bindings };
}
const copy = (from: Range, to: Range): Command => ({ name: "copy", copy: { from, to } });
const namesOf = (commands: readonly Command[]) => commands.map(({ name }) => name);

test("a gradient that is copied to its place is computed there", () => {
  const [a, b] = [new Scratch(0, 512), new Scratch(1, 256)];
  const commands = elideCopies([
    dispatch("both", [whole(other)], [whole(a), whole(b)]),
    copy(whole(a), inArea(0, 512)),
    copy(whole(b), inArea(512, 256)),
  ]);
  expect(namesOf(commands)).toEqual(["both"]);
  const [first] = commands;
  expect(first !== undefined && "bindings" in first ? first.bindings.slice(1) : []).toMatchObject([
    { buffer: area, offset: 0, size: 512 },
    { buffer: area, offset: 512, size: 256 },
  ]);
});

test("a copy stays where its place is read or written before, or a dispatch would read and write one buffer", () => {
  const a = new Scratch(0, 512);
  const make = dispatch("make", [whole(other)], [whole(a)]);
  const readsPlace = dispatch("reads", [inArea(256, 256)], [whole(other)]);
  expect(namesOf(elideCopies([make, readsPlace, copy(whole(a), inArea(0, 512))]))).toEqual([
    ...["make", "reads", "copy"],
  ]);
  const fromArea = dispatch("make", [inArea(2048, 256)], [whole(a)]);
  expect(namesOf(elideCopies([fromArea, copy(whole(a), inArea(0, 512))]))).toEqual([
    ...["make", "copy"],
  ]);
});

test("a copy stays where the memory is changed afterwards, copied twice or in part", () => {
  const a = new Scratch(0, 512);
  const make = dispatch("make", [whole(other)], [whole(a)]);
  const change = dispatch("change", [], [whole(a)]);
  const read = dispatch("read", [whole(a)], [whole(other)]);
  const move = copy(whole(a), inArea(0, 512));
  expect(namesOf(elideCopies([make, move, change]))).toEqual(["make", "copy", "change"]);
  expect(namesOf(elideCopies([make, move, read]))).toEqual(["make", "read"]);
  const elsewhere = { buffer: { size: 512 } as GPUBuffer, offset: 0, size: 512 };
  expect(namesOf(elideCopies([make, move, copy(whole(a), elsewhere)]))).toEqual(["make", "copy"]);
  // No copy goes from a buffer to itself.
  const twice = elideCopies([make, move, copy(whole(a), inArea(512, 512))]);
  expect(namesOf(twice)).toEqual(["make", "copy", "copy"]);
  const part = copy({ buffer: a, offset: 0, size: 256 }, inArea(0, 256));
  expect(namesOf(elideCopies([make, part]))).toEqual(["make", "copy"]);
  const uneven = copy(whole(a), inArea(4, 512));
  expect(namesOf(elideCopies([make, uneven]))).toEqual(["make", "copy"]);
});
