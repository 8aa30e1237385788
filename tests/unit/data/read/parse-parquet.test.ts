// Parquet files written by pyarrow: codecs, encodings, nested values, class labels, and files that claim too much.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readTable } from "../../../../src/data/read/read-table.ts";
import { zip } from "../../../support/workbook.ts";

const golden = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../golden/parquet/${name}`, import.meta.url)));
const read = (bytes: Uint8Array<ArrayBuffer>, name = "rows.parquet") =>
  readTable(new File([bytes], name), {}, () => {});

const rows = [
  ["The soup was lovely.", "good"],
  ["Broken on arrival.", "bad"],
  ["Ünïcode ☕ stays whole.", "good"],
  ["", "bad"],
];

test.each(["none", "snappy", "gzip", "zstd", "brotli", "lz4", "v2-delta"])(
  "%s: rows are read, and class numbers become the names that the datasets library wrote",
  async (name) => {
    const { info, table } = await read(golden(`${name}.parquet`));
    expect(table).toMatchObject({ columns: ["text", "label"], rows, unit: "row" });
    expect(table.lines).toEqual([1, 2, 3, 4]);
    expect(info).toMatchObject({ format: "parquet", rowCount: 4, hasHeader: true, encoding: null });
    expect(info.guess).toMatchObject({ text_column: "text", label_column: "label" });
  },
);

test("structs become columns, lists JSON, dates ISO, large whole numbers stay exact", async () => {
  const { table } = await read(golden("nested.parquet"));
  const [first] = table.rows;
  expect(Object.fromEntries(table.columns.map((name, at) => [name, first?.[at]]))).toEqual({
    messages: '[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]',
    "meta.source": "web",
    "meta.score": "0.5",
    when: "2024-05-01T12:00:00.000Z",
    day: "2024-05-01",
    big: "9007199254740993",
    flag: "true",
    // Without an annotation bytes are taken as text: old writers leave it out.
    raw: "\u0000\u0001\u0002",
    price: "1.25",
  });
  expect(table.rows[1]?.[table.columns.indexOf("when")]).toBe("");
});

test("a file inside a zip is found by its name", async () => {
  const packed = zip({ "data/train-00000-of-00001.parquet": golden("snappy.parquet") });
  const { info } = await read(packed, "set.zip");
  expect(info.entry).toBe("data/train-00000-of-00001.parquet");
});

test("28 kB that unpack to 600 MB are refused before anything is unpacked", async () => {
  const before = performance.now();
  await expect(read(golden("bomb.parquet"))).rejects.toThrow(
    /unpacks to 57\d MB; the studio reads up to 400 MB/u,
  );
  expect(performance.now() - before).toBeLessThan(1000);
});

test("more rows than the reader takes are refused by the footer alone", async () => {
  await expect(read(golden("many-rows.parquet"))).rejects.toThrow(/more than 200,000 rows/u);
});

test("a file that is cut or changed anywhere is refused in words or read, and nothing hangs", async () => {
  const whole = golden("zstd.parquet");
  for (const length of [4, 11, 200, whole.length - 9, whole.length - 1]) {
    await expect(read(whole.slice(0, length)), `${length} bytes`).rejects.toThrow("rows.parquet");
  }
  for (let at = 4; at < whole.length; at += 37) {
    const changed = whole.slice();
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    const error = await read(changed).then(
      () => null,
      (caught: unknown) => caught,
    );
    if (error !== null) expect(error, `byte ${at}`).toMatchObject({ name: "StudioError" });
  }
});

test("an encrypted file is named as one", async () => {
  const bytes = golden("none.parquet");
  bytes.set(new TextEncoder().encode("PARE"));
  await expect(read(bytes)).rejects.toThrow(/an encrypted Parquet file/u);
});
