import { expect, test } from "vitest";
import type { Pins } from "../../../../src/config/pins.ts";
import { resumeWords } from "../../../../src/ui/run/resume-words.ts";

const before: Pins = {
  backend: "wasm",
  adapter: "8 threads of this processor",
  kernels: "assemblyscript 3",
  threads: 8,
  relaxed_simd: true,
  browser: "Chrome",
};
const on = (change: Partial<Pins>) => resumeWords(2, { before, now: { ...before, ...change } });

test("on the same device the run resumes exactly, and says what that means", () => {
  expect(on({})).toEqual({
    label: "Resume exactly",
    title: expect.stringContaining("what they would have been without the interruption"),
    isExact: true,
  });
});

test.each<[keyof Pins, Partial<Pins>, string]>([
  ["backend", { backend: "webgpu" }, "the back end was wasm and is webgpu"],
  [
    "adapter",
    { adapter: "another GPU" },
    "the adapter was 8 threads of this processor and is another GPU",
  ],
  [
    "kernels",
    { kernels: "assemblyscript 4" },
    "the kernels were assemblyscript 3 and are assemblyscript 4",
  ],
  ["threads", { threads: 4 }, "the number of threads was 8 and is 4"],
  ["relaxed_simd", { relaxed_simd: false }, "relaxed SIMD was on and is off"],
  ["browser", { browser: "Firefox" }, "the browser was Chrome and is Firefox"],
])("another %s makes it Continue, with the reason", (_, change, reason) => {
  expect(on(change)).toEqual({
    label: "Continue",
    title: `It can go on, but not exactly: ${reason}. The last digits may differ from here on.`,
    isExact: false,
  });
});

test("each pin that the record has decides: none is forgotten", () => {
  for (const key of Object.keys(before) as (keyof Pins)[]) {
    const other = typeof before[key] === "boolean" ? !before[key] : `other ${before[key]}`;
    expect(on({ [key]: other } as Partial<Pins>).isExact, key).toBe(false);
  }
});

test("two differences are told together; another back end alone, because the rest follows from it", () => {
  expect(on({ threads: 1, relaxed_simd: false }).title).toContain(
    "the number of threads was 8 and is 1, relaxed SIMD was on and is off",
  );
  const { title } = on({ backend: "webgpu", adapter: "a GPU", kernels: "wgsl 1", threads: 0 });
  expect(title).toContain("not exactly: the back end was wasm and is webgpu. The last");
});

test("a run of an older studio, whose device is not known, continues and says so", () => {
  const now = { before: null, now: before };
  expect(resumeWords(1, now)).toMatchObject({
    label: "Continue",
    title: expect.stringContaining("what it ran on was not recorded"),
  });
});

test("without a checkpoint it starts again; while the device is not known it promises nothing", () => {
  expect(resumeWords(0, null).label).toBe("Start again");
  expect(resumeWords(2, null)).toEqual({ label: "Resume", title: "", isExact: true });
});
