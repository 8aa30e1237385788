import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { unzipFiles, zipFiles } from "../../../src/formats/zip.ts";

const zipOf = (files: Record<string, Uint8Array>, level: 0 | 9 = 0) =>
  new File([new Uint8Array(zipSync(files, { level }))], "model.zip");
const text = (words: string) => new TextEncoder().encode(words);

test("what was zipped is unzipped, byte for byte", async () => {
  const blob = await zipFiles([{ name: "config.json", blob: new Blob(["{}"]) }]);
  const files = await unzipFiles(new File([blob], "a.zip"));
  expect([...files]).toEqual([["config.json", new Uint8Array(text("{}"))]]);
});

test("one folder round everything is taken off", async () => {
  const files = await unzipFiles(
    zipOf({ "run/config.json": text("{}"), "run/model.safetensors": text("x") }),
  );
  expect([...files.keys()]).toEqual(["config.json", "model.safetensors"]);
});

test("a name that leads out of the folder is refused", async () => {
  await expect(unzipFiles(zipOf({ "../evil.json": text("x") }))).rejects.toThrow(
    /leads out of its folder/u,
  );
});

test("a bomb is refused by its two sizes before it is unpacked", async () => {
  const bomb = zipOf({ "zeros.bin": new Uint8Array(30_000_000) }, 9);
  await expect(unzipFiles(bomb)).rejects.toThrow(/would unpack to 30,000,000/u);
});

test("something that is no zip is refused with its name", async () => {
  await expect(unzipFiles(new File(["hello"], "notes.zip"))).rejects.toThrow(
    /notes\.zip is not a zip file/u,
  );
});
