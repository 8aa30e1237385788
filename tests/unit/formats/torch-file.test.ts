import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import {
  nameOptimizerState,
  type OptimizerFile,
  parseOptimizer,
  parseScheduler,
  serializeOptimizer,
  serializeScheduler,
} from "../../../src/formats/optimizer-file.ts";
import { readPickle } from "../../../src/formats/pickle-reader.ts";
import { type PickleInput, pickleDict, TorchTensor } from "../../../src/formats/pickle-values.ts";
import { writePickle } from "../../../src/formats/pickle-writer.ts";
import { parseTorchFile, serializeTorchFile } from "../../../src/formats/torch-file.ts";
import { runPython, torchPython } from "../support/python.ts";

// Written by transformers 5.18 and a current PyTorch.
const golden = (name: string) =>
  new Uint8Array(readFileSync(`tests/golden/hf-run/checkpoint-3/${name}`));
const noTensors = () => {
  throw new Error("no tensor expected");
};
const isDecayed = (name: string) => !name.includes("bias");
const tensor = (shape: number[], first: number) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => first + i / 8),
});
const adamw: OptimizerFile["settings"] = {
  betas: { tuple: [0.9, 0.999] },
  eps: 1e-8,
  amsgrad: false,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
  fused: true,
  decoupled_weight_decay: true,
};
const own: OptimizerFile = {
  step: 7,
  stepKind: "tensor",
  parameters: new Map(
    [
      ["bias", [3]],
      ["weight", [2, 3]],
      ["other.weight", [1]],
    ].map(([name, shape]) => [
      name as string,
      new Map([
        ["exp_avg", tensor(shape as number[], 0.1)],
        ["exp_avg_sq", tensor(shape as number[], 0.2)],
      ]),
    ]),
  ),
  isDecayed,
  weightDecay: 0.01,
  learningRate: 0.004,
  initialLearningRate: 0.005,
  settings: adamw,
};

test("the Trainer's optimizer.pt is read: steps, moments and both groups", () => {
  const { step, groups, state } = parseOptimizer(golden("optimizer.pt"), "optimizer.pt");
  expect(step).toBe(3);
  expect(groups.map(({ params }) => params.length)).toEqual([16, 5]);
  expect(groups.map(({ settings }) => settings.get("weight_decay"))).toEqual([0.01, 0]);
  expect(groups[0]?.settings.get("betas")).toEqual([0.9, 0.999]);
  expect(state.size).toBe(21);
  expect(state.get(0)?.get("exp_avg")?.shape).toEqual([384, 32]);
  const moment = state.get(20)?.get("exp_avg_sq");
  expect(moment?.shape).toEqual([32]);
  expect(moment?.data.every((value) => value >= 0 && value < 1)).toBe(true);
});

test("the Trainer's scheduler.pt is read", () => {
  const facts = parseScheduler(golden("scheduler.pt"), "scheduler.pt");
  expect(facts).toEqual({ baseRate: 0.005, nextRate: 0.005, step: 3 });
});

test("scheduler.pt is written as the Trainer writes it: its pickle is the same, byte for byte", () => {
  const bytes = serializeScheduler({ baseRate: 0.005, nextRate: 0.005, step: 3 });
  const pickleOf = (zip: Uint8Array) => unzipSync(zip)["scheduler/data.pkl"];
  expect(pickleOf(bytes)).toEqual(pickleOf(golden("scheduler.pt")));
});

test("optimizer.pt is written as the Trainer writes it: its pickle is the same, byte for byte", () => {
  const read = parseOptimizer(golden("optimizer.pt"), "optimizer.pt");
  const names = Array.from({ length: 21 }, (_, index) =>
    index < 16 ? `weight ${index}` : `bias ${index}`,
  );
  const bytes = serializeOptimizer({
    ...own,
    step: read.step,
    parameters: nameOptimizerState(read, names, isDecayed, "optimizer.pt"),
    learningRate: 0.005,
  });
  const files = unzipSync(bytes);
  const empty = new Uint8Array();
  const expected = unzipSync(golden("optimizer.pt"));
  expect(Object.keys(files)).toEqual(Object.keys(expected));
  for (const name of Object.keys(files)) {
    if (name.endsWith("serialization_id")) continue;
    expect(Buffer.compare(files[name] ?? empty, expected[name] ?? empty), name).toBe(0);
  }
});

test("what is written is read back, value for value, and written again, byte for byte", () => {
  const bytes = serializeOptimizer(own);
  const read = parseOptimizer(bytes, "optimizer.pt");
  expect(read.step).toBe(7);
  const named = nameOptimizerState(read, [...own.parameters.keys()], isDecayed, "optimizer.pt");
  for (const [name, slots] of own.parameters) expect(named.get(name)).toEqual(slots);
  const again = [...own.parameters.keys()].map((name) => [name, named.get(name)] as const);
  expect(
    serializeOptimizer({
      ...own,
      parameters: new Map(again.map(([name, slots]) => [name, slots ?? new Map()])),
    }),
  ).toEqual(bytes);
});

test("every tensor begins at a multiple of 64 bytes", () => {
  const bytes = serializeOptimizer(own);
  const text = Buffer.from(bytes).toString("latin1");
  const [first] = own.parameters.get("weight")?.get("exp_avg")?.data ?? [];
  const needle = Buffer.from(Float32Array.of(first ?? 0, (first ?? 0) + 1 / 8).buffer);
  const at = text.indexOf(needle.toString("latin1"));
  expect(at).toBeGreaterThan(0);
  expect(at % 64).toBe(0);
});

test("a file of other parameters is refused with both counts", () => {
  const read = parseOptimizer(serializeOptimizer(own), "optimizer.pt");
  expect(() => nameOptimizerState(read, ["weight", "bias"], isDecayed, "optimizer.pt")).toThrow(
    "optimizer.pt has 2 + 1 parameters with and without weight decay; this run trains 1 + 1.",
  );
});

test.each<[string, PickleInput]>([
  ["nothing", null],
  ["small and large whole numbers", [0, 255, 256, 65535, 65536, -1, 2 ** 31, -(2 ** 40)]],
  ["floats, also whole ones", [{ float: 3 }, 0.1, -2.5e-8]],
  ["texts", ["", "Grüße", "a\nb"]],
  ["nested dictionaries", pickleDict({ a: pickleDict({ b: [1] }), c: new Map() })],
  ["more than a thousand items", Array.from({ length: 2500 }, (_, i) => `item ${i}`)],
])("%s survive a pickle", (_, value) => {
  const plain = (input: PickleInput): unknown => {
    if (Array.isArray(input)) return input.map(plain);
    if (input instanceof Map) return new Map([...input].map(([k, v]) => [k, plain(v)]));
    if (typeof input === "object" && input !== null && "float" in input) return input.float;
    return input;
  };
  const { pickle } = writePickle(value);
  expect(readPickle(pickle, "x.pt", noTensors)).toEqual(plain(value));
});

// Python: pickle.dumps(os.system) and the like, by hand.
const utf8 = (text: string) => new TextEncoder().encode(text);
test.each([
  ["\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.", "asks for the Python name posix.system"],
  ["\x80\x02c__builtin__\neval\n.", "asks for the Python name __builtin__.eval"],
  ["\x80\x02ctorch\nload\n.", "asks for the Python name torch.load"],
  ["\x80\x02}b.", "opcode BUILD (0x62)"],
  ["(S'id'\nios\nsystem\n.", "opcode STRING (0x53)"],
  ["(ios\nsystem\n.", "opcode INST (0x69)"],
  ["\x80\x04.", "pickle of protocol 4"],
  ["\x80\x02c", "cut short"],
  ["\x80\x02}", "cut short"],
  ["\x80\x02u.", "closes a list that it did not open"],
  ["\x80\x02h\x05.", "recalls 5, which it never stored"],
  ["\x80\x02}}.", "left over"],
])("the pickle %j is refused by name", (pickle, reason) => {
  expect(() =>
    readPickle(Uint8Array.from(Buffer.from(pickle, "latin1")), "x.pt", noTensors),
  ).toThrow(reason);
});

test("a changed byte is found by its checksum, a cut file by its end", () => {
  const bytes = serializeTorchFile("x", [new TorchTensor("float32", [2], Float32Array.of(1, 2))]);
  const changed = bytes.slice();
  const at = Buffer.from(changed).indexOf(Buffer.from(Float32Array.of(1, 2).buffer));
  changed[at] = (changed[at] ?? 0) ^ 1;
  expect(() => parseTorchFile(changed, "x.pt")).toThrow("x/data/0 does not match its checksum");
  expect(() => parseTorchFile(bytes.slice(0, -30), "x.pt")).toThrow("not a zip file");
  expect(() => parseTorchFile(utf8("PK"), "x.pt")).toThrow("not a zip file");
});

test("a storage that is smaller than its tensor is refused", () => {
  const { pickle } = writePickle(new TorchTensor("float32", [2], Float32Array.of(1, 2)));
  const claims = Buffer.from(pickle).toString("latin1").replace("K\x02\x85", "K\x09\x85");
  expect(() =>
    readPickle(Uint8Array.from(Buffer.from(claims, "latin1")), "x.pt", noTensors),
  ).toThrow("needs 9 values, its storage has 2");
});

test.skipIf(torchPython === undefined)(
  "PyTorch opens our optimizer.pt and scheduler.pt and finds the same values",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "studio-torch-"));
    writeFileSync(join(folder, "optimizer.pt"), serializeOptimizer(own));
    writeFileSync(
      join(folder, "scheduler.pt"),
      serializeScheduler({ baseRate: 0.005, nextRate: 0.004, step: 7 }),
    );
    const script = `
import torch, json, sys
state = torch.load(sys.argv[1] + "/optimizer.pt")
weights = [torch.nn.Parameter(torch.zeros(s)) for s in [(2, 3), (1,), (3,)]]
optimizer = torch.optim.AdamW([{"params": weights[:2]}, {"params": weights[2:]}])
optimizer.load_state_dict(state)
print(json.dumps({
  "steps": [float(s["step"]) for s in state["state"].values()],
  "averages": [s["exp_avg"].flatten().tolist() for s in state["state"].values()],
  "shapes": [list(s["exp_avg_sq"].shape) for s in state["state"].values()],
  "groups": [[g["weight_decay"], g["lr"], list(g["betas"]), g["params"]] for g in state["param_groups"]],
  "loaded": optimizer.state[weights[0]]["exp_avg"].flatten().tolist(),
  "scheduler": torch.load(sys.argv[1] + "/scheduler.pt"),
}))`;
    const found = JSON.parse(runPython(torchPython ?? "", script, [folder]));
    rmSync(folder, { recursive: true });
    const average = (name: string) => [...(own.parameters.get(name)?.get("exp_avg")?.data ?? [])];
    expect(found.steps).toEqual([7, 7, 7]);
    expect(found.averages).toEqual(["weight", "other.weight", "bias"].map(average));
    expect(found.shapes).toEqual([[2, 3], [1], [3]]);
    expect(found.groups).toEqual([
      [0.01, 0.004, [0.9, 0.999], [0, 1]],
      [0, 0.004, [0.9, 0.999], [2]],
    ]);
    expect(found.loaded).toEqual(average("weight"));
    expect(found.scheduler).toEqual({
      base_lrs: [0.005, 0.005],
      last_epoch: 7,
      _step_count: 8,
      _is_initial: false,
      _get_lr_called_within_step: false,
      _last_lr: [0.004, 0.004],
      lr_lambdas: [{}, {}],
    });
  },
);
