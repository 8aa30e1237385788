// What a drop on the page means.

import { strToU8, zipSync } from "fflate";
import { expect, test } from "vitest";
import { modelFolders } from "../../../../src/app/model-folders.ts";
import { unzipFiles } from "../../../../src/formats/zip.ts";
import { notePath } from "../../../../src/lib/file-path.ts";
import { fromFirstModule, isOfModel } from "../../../../src/storage/models.ts";
import { sortDrop } from "../../../../src/ui/shell/dropped-files.ts";
import { zip } from "../../../support/workbook.ts";

const file = (name: string) => new File(["x"], name);

test("one file is a data set, whatever its ending: the reader says what it cannot read", async () => {
  const csv = file("reviews.csv");
  expect(await sortDrop([csv])).toEqual({ kind: "dataset", file: csv });
  const odd = file("reviews.xlsx");
  expect(await sortDrop([odd])).toEqual({ kind: "dataset", file: odd });
});

test.each([
  ["checkpoint-540/config.json", "model"],
  ["model.safetensors", "model"],
  ["rows/reviews.csv", "dataset"],
] as const)("a zip with %s is a %s", async (name, kind) => {
  const zipped = new File([zip({ [name]: "x" })], "dropped.ZIP");
  expect((await sortDrop([zipped])).kind).toBe(kind);
});

test("a zip that cannot be listed goes to the reader, which says why", async () => {
  expect((await sortDrop([file("broken.zip")])).kind).toBe("dataset");
});

test("the files of a model folder are one model", async () => {
  const files = [file("config.json"), file("model.safetensors"), file("tokenizer.json")];
  expect(await sortDrop(files)).toEqual({ kind: "model", files });
});

test("several data files are refused with their number", async () => {
  expect(await sortDrop([file("a.csv"), file("b.csv")])).toEqual({ kind: "several", count: 2 });
});

test("a drop without files is nothing", async () => {
  expect(await sortDrop([])).toEqual({ kind: "nothing" });
});

test("a run's folder is the checkpoints in it, the newest first; other folders are left alone", async () => {
  const at = (path: string) => notePath(file(path.slice(path.lastIndexOf("/") + 1)), path);
  const files = [
    at("hf-run/log_history.json"),
    at("hf-run/checkpoint-3/config.json"),
    at("hf-run/checkpoint-3/model.safetensors"),
    at("hf-run/checkpoint-15/config.json"),
    at("hf-run/checkpoint-15/model.safetensors"),
    at("hf-run/runs/events.out.tfevents.0"),
  ];
  expect((await modelFolders(files)).map(({ path, files: own }) => [path, own.length])).toEqual([
    ["hf-run/checkpoint-15", 2],
    ["hf-run/checkpoint-3", 2],
  ]);
  // One model, in a folder or as loose files, is taken as it is.
  expect(await modelFolders(files.slice(0, 3))).toEqual([
    { path: "hf-run/checkpoint-3", files: files.slice(1, 3) },
  ]);
  const loose = [file("config.json"), file("model.safetensors"), file("tokenizer.json")];
  expect(await modelFolders(loose)).toEqual([{ path: "", files: loose }]);
  // What a sentence-transformers model has in a folder of its own belongs to it.
  const pooled = [
    at("mini/config.json"),
    at("mini/model.safetensors"),
    at("mini/1_Pooling/config.json"),
  ];
  const [found] = await modelFolders(pooled);
  expect(found?.files.map(({ name }) => name)).toEqual([
    ...["config.json", "model.safetensors"],
    "1_Pooling/config.json",
  ]);
});

test("modules.json makes one model of a folder, whose first module may be the model itself", async () => {
  const own = ["modules.json", "1_Pooling/config.json"];
  const dense = ["2_Dense/config.json", "2_Dense/model.safetensors"];
  const first = ["0_Transformer/config.json", "0_Transformer/model.safetensors"];
  // Beside the model, old versions tell their own in a config.json.
  const beside = "config.json";
  for (const [model, taken] of [
    [
      ["config.json", "model.safetensors"],
      ["config.json", "model.safetensors", ...own],
    ],
    [first, [...first, ...own]],
    [
      [beside, ...first],
      [beside, ...first, ...own],
    ],
  ] as const) {
    const modules = [
      {
        idx: 0,
        path: model.length > 1 && model.at(-1)?.startsWith("0_") === true ? "0_Transformer" : "",
        type: "sentence_transformers.models.Transformer",
      },
    ];
    const paths = [...model, ...own, ...dense].map((path) => `mini/${path}`);
    const found = await modelFolders(
      paths.map((path) => notePath(file(path.slice(path.lastIndexOf("/") + 1)), path)),
    );
    expect(found.map(({ path }) => path)).toEqual(["mini"]);
    expect(found[0]?.files.map(({ name }) => name).sort()).toEqual([...taken].sort());
    const zipped = new File(
      [
        new Uint8Array(
          zipSync(
            Object.fromEntries(
              paths.map((path) => [
                path,
                strToU8(path.endsWith("modules.json") ? JSON.stringify(modules) : path),
              ]),
            ),
          ),
        ),
      ],
      "mini.zip",
    );
    expect(await modelFolders([zipped])).toEqual([{ path: "", files: [zipped], within: "mini" }]);
    const files = await unzipFiles(zipped, { within: "mini", isTaken: isOfModel });
    expect([...files.keys()].sort()).toEqual([...taken].sort());
    const named = fromFirstModule(files);
    expect([...named.keys()].sort()).toEqual(["config.json", "model.safetensors", ...own].sort());
    const config = new TextDecoder().decode(named.get("config.json"));
    expect(config).toBe(
      `mini/${model.find((path) => path !== beside && path.endsWith("config.json")) ?? beside}`,
    );
  }
});

test("a zip of a run's folder is the checkpoints in it; of one model, that model, wherever it lies", async () => {
  const zipOf = (paths: readonly string[]) =>
    new File(
      [new Uint8Array(zipSync(Object.fromEntries(paths.map((path) => [path, strToU8(path)]))))],
      "out.zip",
    );
  const one = ["config.json", "model.safetensors", "1_Pooling/config.json"];
  const inside = (folder: string) => one.map((name) => `${folder}/${name}`);
  const several = zipOf([...inside("checkpoint-3"), ...inside("checkpoint-15"), "log.json"]);
  const found = await modelFolders([several]);
  expect(found).toEqual([
    { path: "out/checkpoint-15", files: [several], within: "checkpoint-15" },
    { path: "out/checkpoint-3", files: [several], within: "checkpoint-3" },
  ]);
  const files = await unzipFiles(several, { within: "checkpoint-15", isTaken: isOfModel });
  expect([...files.keys()]).toEqual(one);
  expect(new TextDecoder().decode(files.get("config.json"))).toBe("checkpoint-15/config.json");
  const deep = zipOf(inside("a/run"));
  expect(await modelFolders([deep])).toEqual([{ path: "", files: [deep], within: "a/run" }]);
  // The root of a run's folder is that model alone.
  const run = zipOf([...one, ...inside("checkpoint-3")]);
  expect((await modelFolders([run])).map(({ within }) => within)).toEqual(["checkpoint-3", ""]);
  const root = await unzipFiles(run, { within: "", isTaken: isOfModel });
  expect([...root.keys()]).toEqual(one);
  const none = zipOf(["README.md"]);
  expect(await modelFolders([none])).toEqual([{ path: "", files: [none] }]);
});
