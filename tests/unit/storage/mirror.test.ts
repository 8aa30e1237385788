import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { deleteCheckpoint, saveCheckpoint } from "../../../src/storage/checkpoints.ts";
import { appendLogs, replaceLines } from "../../../src/storage/logs.ts";
import { createMirror } from "../../../src/storage/mirror.ts";
import { createRunMirror } from "../../../src/worker/mirror-run.ts";
import { MemoryDirectory } from "../support/directory.ts";

const run = (outputDir: string, loggingDir = `${outputDir}/runs`) => ({
  id: `id of ${outputDir}`,
  name: "mine",
  outputDir,
  loggingDir,
});
const file = (name: string, text: string) => ({
  name,
  bytes: new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>,
});
const save = (outputDir: string, step: number) =>
  saveCheckpoint(outputDir, step, [
    file("trainer_state.json", `state ${step}`),
    file("model.safetensors", `weights ${step}`),
    file("studio_state.json", "{}"),
  ]);
const paths = async (folder: MemoryDirectory) => Object.keys(await folder.read()).sort();

test("output_dir and logging_dir are copied as they grow, and rotation deletes in the copy too", async () => {
  const folder = new MemoryDirectory("Documents");
  const mirror = createMirror(folder.handle, run("a/results", "logs/a"));
  await save("a/results", 2);
  await appendLogs("logs/a", { "log.jsonl": ["one"] });
  await mirror.update();
  expect(await folder.read()).toMatchObject({
    "a/results/checkpoint-2/model.safetensors": "weights 2",
    "a/results/checkpoint-2/trainer_state.json": "state 2",
    "logs/a/log.jsonl": "one\n",
  });
  await save("a/results", 4);
  await deleteCheckpoint("a/results/checkpoint-2");
  await appendLogs("logs/a", { "log.jsonl": ["two"] });
  await mirror.update();
  expect(await paths(folder)).toEqual([
    "a/results/checkpoint-4/model.safetensors",
    "a/results/checkpoint-4/studio_state.json",
    "a/results/checkpoint-4/trainer_state.json",
    "a/results/studio_mirror.json",
    "logs/a/log.jsonl",
    "logs/a/studio_mirror.json",
  ]);
  expect((await folder.read())["logs/a/log.jsonl"]).toBe("one\ntwo\n");
  // A resumed run makes rows again: the file becomes shorter.
  await replaceLines("logs/a", "log.jsonl", ["one"]);
  await mirror.update();
  expect((await folder.read())["logs/a/log.jsonl"]).toBe("one\n");
});

test("a checkpoint of the same step that was saved anew is copied anew", async () => {
  const folder = new MemoryDirectory("Documents");
  const mirror = createMirror(folder.handle, run("again"));
  await save("again", 2);
  await mirror.update();
  await new Promise((resolve) => setTimeout(resolve, 2));
  await saveCheckpoint("again", 2, [file("studio_state.json", "{}"), file("config.json", "new")]);
  await mirror.update();
  expect((await folder.read())["again/checkpoint-2/config.json"]).toBe("new");
});

test("files of something else are never written over and never deleted", async () => {
  const folder = new MemoryDirectory("Documents");
  await save("taken", 3);
  const results = await folder.getDirectoryHandle("taken");
  await results.getFileHandle("thesis.tex");
  const mirror = createMirror(folder.handle, run("taken"));
  await expect(mirror.update()).rejects.toThrow(
    "The folder Documents has files of something else in taken.",
  );
  expect(await paths(folder)).toEqual(["taken/thesis.tex"]);

  await save("shared", 3);
  const ours = createMirror(folder.handle, run("shared"));
  await ours.update();
  // The Trainer went on in the mirrored folder: its checkpoint has no studio_state.json.
  const shared = await folder.getDirectoryHandle("shared");
  await (await shared.getDirectoryHandle("checkpoint-9")).getFileHandle("optimizer.pt");
  await ours.update();
  expect(await paths(folder)).toContain("shared/checkpoint-9/optimizer.pt");
  await save("shared", 9);
  await expect(ours.update()).rejects.toThrow("files of something else in shared/checkpoint-9");
});

test.each([
  [
    "a permission that was taken back",
    (folder: MemoryDirectory) => {
      folder.permission = "prompt";
    },
    "The browser lets the studio write into Stick no more.",
  ],
  [
    "a removed folder",
    (folder: MemoryDirectory) => {
      folder.fail = new DOMException("gone", "NotFoundError");
    },
    "The folder Stick is gone: it was moved or deleted.",
  ],
  [
    "a full disk",
    (folder: MemoryDirectory) => {
      folder.fail = new DOMException("full", "QuotaExceededError");
    },
    "The disk of the folder Stick is full.",
  ],
])(
  "%s is told once, stops nothing, and all is copied when it is back",
  async (_, harm, message) => {
    const folder = new MemoryDirectory("Stick");
    const output = `run ${message}`;
    const told: string[] = [];
    const mirror = createRunMirror(
      {
        run: run(output),
        report: (event) => {
          told.push(event.type === "mirrorStopped" ? event.message : event.type);
        },
        flush: async () => {},
      },
      async () => folder.handle,
    );
    const saved = (step: number) =>
      mirror.notice({
        type: "checkpointSaved",
        checkpoint: { path: `${output}/checkpoint-${step}`, step, bytes: 1, savedAt: 1 },
        bestStep: null,
        duration: 1,
      });
    await save(output, 1);
    await mirror.open();
    await mirror.finish();
    harm(folder);
    for (const step of [2, 3]) {
      await save(output, step);
      saved(step);
      await mirror.finish();
    }
    expect(told).toEqual(["mirrorStarted", message]);
    folder.permission = "granted";
    folder.fail = null;
    await save(output, 4);
    saved(4);
    await mirror.finish();
    expect(told).toEqual(["mirrorStarted", message, "mirrorStarted"]);
    expect((await paths(folder)).filter((path) => path.endsWith("model.safetensors"))).toEqual(
      [1, 2, 3, 4].map((step) => `${output}/checkpoint-${step}/model.safetensors`),
    );
  },
);

test("without a chosen folder nothing is copied and nothing is told", async () => {
  const told: string[] = [];
  const mirror = createRunMirror(
    { run: run("nowhere"), report: ({ type }) => void told.push(type), flush: async () => {} },
    async () => undefined,
  );
  await mirror.open();
  mirror.notice({ type: "warned", message: "x" });
  await mirror.finish();
  expect(told).toEqual([]);
});
