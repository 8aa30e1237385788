// The Hub's client against a server that speaks its endpoints: what is found, what is downloaded, how it goes wrong.
import "fake-indexeddb/auto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { HubModel } from "../../../src/config/hub.ts";
import { downloadHubModel } from "../../../src/hub/download-model.ts";
import { findHubModel } from "../../../src/hub/find-model.ts";
import { StudioError } from "../../../src/lib/errors.ts";
import { deleteDownload, listDownloads } from "../../../src/storage/downloads.ts";
import { deleteModel, listModels, readModelFile } from "../../../src/storage/models.ts";
import { shardedBert } from "../../support/golden-bert.ts";
import { createFakeHub, type FakeHub, type FakeRepo } from "../../support/hub-server.ts";

const repoId = "studio/tiny-bert";
const token = "hf_aTokenOfTheTests";

beforeEach(async () => {
  for (const { id } of await listModels()) await deleteModel(id);
  for (const { source } of await listDownloads()) await deleteDownload(source);
});

interface Visit extends FakeHub {
  readonly hubUrl: string;
  find(options?: { token?: string | null; revision?: string; repoId?: string }): Promise<HubModel>;
  download(
    model: HubModel,
    options?: { token?: string | null; signal?: AbortSignal; onProgress?: (bytes: number) => void },
  ): Promise<string>;
}

async function visit(repo: Partial<FakeRepo> = {}): Promise<Visit> {
  const hub = createFakeHub(new Map([[repoId, { files: shardedBert(), ...repo }]]));
  const server = createServer(hub.handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const hubUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hub`;
  return {
    ...hub,
    hubUrl,
    find: (options = {}) =>
      findHubModel(
        { repoId: options.repoId ?? repoId, revision: options.revision ?? null },
        { hubUrl, token: options.token ?? null },
        new AbortController().signal,
      ),
    download: (model, options = {}) =>
      downloadHubModel({
        model,
        access: { hubUrl, token: options.token ?? null },
        signal: options.signal ?? new AbortController().signal,
        onProgress: options.onProgress ?? (() => {}),
        wait: async () => {},
      }),
  };
}

async function refusal(work: Promise<unknown>): Promise<StudioError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof StudioError)) throw error ?? new Error("Nothing was refused.");
  return error;
}

/** Whether a stored file is the one that was sent. A Buffer compares at once what toEqual compares number by number. */
async function isWhole(id: string, path: string): Promise<boolean> {
  const stored = await readModelFile(id, path);
  const sent = shardedBert().get(path);
  return stored !== undefined && sent !== undefined && Buffer.from(sent).equals(stored);
}

const shard = (number: number) => `model-0000${number}-of-00003.safetensors`;

describe("a model on the Hub", () => {
  test("is found with its commit, its size and the files it needs, before any weights move", async () => {
    const hub = await visit();
    const model = await hub.find();
    expect(model.source).toMatchObject({ repo_id: repoId, revision: "main" });
    expect(model.source.commit).toMatch(/^[0-9a-f]{40}$/u);
    expect(model.files.map(({ path }) => path).toSorted()).toEqual([
      "config.json",
      shard(1),
      shard(2),
      shard(3),
      "model.safetensors.index.json",
      "tokenizer.json",
    ]);
    const sizes = model.files.map(({ path }) => shardedBert().get(path)?.length ?? 0);
    expect(model.files.map(({ size }) => size)).toEqual(sizes);
    expect(model.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(JSON.parse(model.config).model_type).toBe("bert");
    expect(model).toMatchObject({ license: "apache-2.0", kept: 0, storedAs: null });
    expect(hub.requests.some(({ path }) => path.endsWith(".safetensors"))).toBe(false);
  });

  test("is stored byte for byte with where it came from, and known when it is looked up again", async () => {
    const hub = await visit();
    const model = await hub.find();
    const seen: number[] = [];
    const id = await hub.download(model, { onProgress: (bytes) => seen.push(bytes) });
    expect(id).toBe(`models/${repoId}`);
    for (const { path } of model.files) {
      expect(await isWhole(id, path), path).toBe(true);
    }
    expect(seen.at(-1)).toBe(model.bytes);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(await listModels()).toMatchObject([{ id, name: repoId, hub: model.source }]);
    expect(await listDownloads()).toEqual([]);
    expect((await hub.find()).storedAs).toBe(id);
  });

  test("of sentence-transformers comes with the files that say how it pools, also from their folder", async () => {
    const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const pooling = json({ pooling_mode: "mean" });
    const modules = json([
      { idx: 0, path: "", type: "sentence_transformers.models.Transformer" },
      { idx: 1, path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
    ]);
    const files = new Map([...shardedBert(), ["modules.json", modules] as const]);
    files.set("1_Pooling/config.json", pooling).set("onnx/config.json", pooling);
    const hub = await visit({ files });
    const model = await hub.find();
    const paths = model.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(["modules.json", "1_Pooling/config.json"]));
    expect(paths).not.toContain("onnx/config.json");
    const id = await hub.download(model);
    const stored = await readModelFile(id, "1_Pooling/config.json");
    expect(Buffer.from(pooling).equals(stored ?? new Uint8Array())).toBe(true);
    // In an older layout the model lies in a folder of its own, beside a config.json that is none.
    const inside = new Map<string, Uint8Array>();
    for (const [path, bytes] of shardedBert()) inside.set(`0_Transformer/${path}`, bytes);
    inside.set("0_Transformer/sentence_bert_config.json", json({ max_seq_length: 8 }));
    inside.set("1_Pooling/config.json", pooling).set("config.json", json({ __version__: "0.3" }));
    inside.set(
      "modules.json",
      new TextEncoder().encode(new TextDecoder().decode(modules).replace('""', '"0_Transformer"')),
    );
    const older = await visit({ files: inside });
    const found = await older.find();
    expect(found.config).toContain("hidden_size");
    const names = found.files.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "sentence_bert_config.json",
        "1_Pooling/config.json",
        "tokenizer.json",
      ]),
    );
    const same = names.filter((name) => shardedBert().has(name));
    expect(same).toHaveLength(6);
    await deleteModel(id);
    const olderId = await older.download(found);
    for (const name of same) expect(await isWhole(olderId, name), name).toBe(true);
    // Another pooling is refused when the model is looked up.
    files.set("1_Pooling/config.json", json({ pooling_mode: "cls" }));
    const other = await visit({ files });
    await expect(other.find()).rejects.toThrow("1_Pooling/config.json pools by cls");
    expect(other.requests.some(({ path }) => path.endsWith(".safetensors"))).toBe(false);
    // A decoder has its own head.
    const decoder = await visit({
      files: new Map(files).set("config.json", json({ model_type: "qwen3" })),
    });
    expect((await decoder.find()).config).toContain("qwen3");
  });

  test("of another commit is stored beside the first one", async () => {
    const first = await visit();
    await first.download(await first.find());
    const files = shardedBert().set("generation_config.json", new TextEncoder().encode("{}"));
    const second = await visit({ files });
    const model = await second.find();
    expect(model.storedAs).toBeNull();
    expect(await second.download(model)).toBe(
      `models/${repoId}@${model.source.commit.slice(0, 8)}`,
    );
  });
});

describe("a download that is cut off", () => {
  test("goes on by itself from the byte where the connection broke", async () => {
    const hub = await visit();
    const model = await hub.find();
    hub.faults.drop = { path: shard(2), after: 1000, times: 3 };
    const id = await hub.download(model);
    expect(await isWhole(id, shard(2)), shard(2)).toBe(true);
    const ranges = hub.requests.flatMap(({ path, range }) =>
      path.includes("/cdn/") && path.endsWith(shard(2)) && range !== null ? [range] : [],
    );
    const end = (shardedBert().get(shard(2))?.length ?? 0) - 1;
    expect(ranges).toEqual([`bytes=1000-${end}`, `bytes=2000-${end}`, `bytes=3000-${end}`]);
  });

  test("that stays dead keeps what has arrived, and the next one asks only for the rest", async () => {
    const hub = await visit();
    const model = await hub.find();
    hub.faults.drop = { path: shard(2), after: 0, times: 99 };
    const error = await refusal(hub.download(model));
    expect(error.message).toContain("No answer came from");
    const [kept] = await listDownloads();
    const at = model.files.findIndex(({ path }) => path === shard(2));
    const before = model.files.slice(0, at);
    expect(before.length).toBeGreaterThan(2);
    expect(kept).toMatchObject({ source: model.source, total: model.bytes });
    expect(kept?.bytes).toBe(before.reduce((sum, { size }) => sum + size, 0));
    hub.faults.drop = undefined;
    hub.requests.length = 0;
    expect((await hub.find()).kept).toBe(kept?.bytes);
    const id = await hub.download(model);
    expect(await isWhole(id, shard(1)), shard(1)).toBe(true);
    const asked = hub.requests.filter(({ path }) => path.endsWith(".safetensors"));
    expect(asked.some(({ path }) => before.some((file) => path.endsWith(file.path)))).toBe(false);
  });

  test("by the user stores what has arrived, to the byte", async () => {
    const hub = await visit();
    const model = await hub.find();
    hub.faults.slow = 400_000;
    const stop = new AbortController();
    const reason = new DOMException("Cancelled.", "AbortError");
    let arrived = 0;
    const download = hub.download(model, {
      signal: stop.signal,
      onProgress: (bytes) => {
        arrived = bytes;
        if (bytes > model.bytes / 2) stop.abort(reason);
      },
    });
    await expect(download).rejects.toBe(reason);
    expect(arrived).toBeGreaterThan(model.bytes / 2);
    expect((await hub.find()).kept).toBe(arrived);
    hub.faults.slow = undefined;
    const id = await hub.download(model);
    for (const { path } of model.files) {
      expect(await isWhole(id, path), path).toBe(true);
    }
  });

  test("is taken from its beginning where the server knows no ranges", async () => {
    const hub = await visit();
    const model = await hub.find();
    hub.faults.drop = { path: shard(3), after: 500, times: 1 };
    hub.faults.ignoreRanges = true;
    const id = await hub.download(model);
    expect(await isWhole(id, shard(3)), shard(3)).toBe(true);
  });
});

describe("a file with another hash than the Hub's", () => {
  test.each([shard(1), "tokenizer.json"])("is thrown away and named: %s", async (path) => {
    const hub = await visit();
    const model = await hub.find();
    hub.faults.corrupt = path;
    const error = await refusal(hub.download(model));
    expect(error.message).toMatch(
      new RegExp(`^${path} arrived damaged: its .* is [0-9a-f]{12}…`, "u"),
    );
    hub.faults.corrupt = undefined;
    const id = await hub.download(model);
    expect(await isWhole(id, path), path).toBe(true);
  });

  test("is refused already for config.json, which is read first", async () => {
    const hub = await visit();
    hub.faults.corrupt = "config.json";
    expect((await refusal(hub.find())).message).toContain("config.json arrived damaged");
  });
});

describe("a gated model", () => {
  test("says how to get in, and opens with the token", async () => {
    const hub = await visit({ gatedFor: token });
    const without = await refusal(hub.find());
    expect(without.message).toContain("is gated");
    expect(without.hint).toContain("/settings/tokens");
    const wrong = await refusal(hub.find({ token: "hf_another" }));
    expect(wrong.message).toBe(`Your token has no access to ${repoId} yet.`);
    const model = await hub.find({ token });
    const id = await hub.download(model, { token });
    expect(await isWhole(id, "config.json"), "config.json").toBe(true);
  });

  test("leaves the token in nothing that is stored or said", async () => {
    const hub = await visit({ gatedFor: token });
    const id = await hub.download(await hub.find({ token }), { token });
    const source = new TextDecoder().decode(await readModelFile(id, "model_source.json"));
    expect(source).not.toContain("hf_");
    hub.faults.status = 500;
    const error = await refusal(hub.find({ token }));
    expect(JSON.stringify([error.message, error.hint, String(error.stack)])).not.toContain(token);
  });
});

describe("refused in plain words", () => {
  const without = (...names: string[]) => {
    const files = shardedBert();
    for (const name of names) files.delete(name);
    return { files };
  };

  test("is a model that does not exist, with and without a token", async () => {
    const hub = await visit();
    const missing = { repoId: "studio/none" };
    expect((await refusal(hub.find(missing))).message).toBe(
      "There is no public model studio/none on the Hub.",
    );
    expect((await refusal(hub.find({ ...missing, token }))).message).toContain("studio/none");
  });

  test("is a revision that does not exist", async () => {
    const hub = await visit();
    const error = await refusal(hub.find({ revision: "v9" }));
    expect(error.message).toBe(`${repoId} has no such revision.`);
  });

  test.each<[string, Partial<FakeRepo>, RegExp]>([
    [
      "a model without safetensors",
      without(shard(1), "model.safetensors.index.json"),
      /no model\.safetensors.*pytorch_model\.bin/u,
    ],
    ["an index that names a file that is not there", without(shard(2)), /no model-00002-of-00003/u],
    ["a model without tokenizer.json", without("tokenizer.json"), /has no tokenizer\.json/u],
    ["a model without config.json", without("config.json"), /has no config\.json/u],
  ])("is %s", async (_, repo, message) => {
    const error = await refusal((await visit(repo)).find());
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });

  test.each([
    [429, /takes no more requests/u],
    [503, /has a problem of its own \(503\)/u],
    [418, /refuses studio\/tiny-bert \(418\)/u],
  ])("is an answer of status %s", async (status, message) => {
    const hub = await visit();
    hub.faults.status = status;
    expect((await refusal(hub.find())).message).toMatch(message);
  });

  test("is a Hub that does not answer", async () => {
    const access = { hubUrl: "http://127.0.0.1:9", token: null };
    const find = findHubModel({ repoId, revision: null }, access, new AbortController().signal);
    const error = await refusal(find);
    expect(error.message).toBe("No answer came from 127.0.0.1:9.");
    expect(error.hint).toContain("CORS");
  });
});
