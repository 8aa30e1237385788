// What the page says about a browser that lacks something.
import { expect, test } from "vitest";
import { describeLacking } from "../../../../src/ui/shell/browser-check.ts";

const current = {
  isSecureContext: true,
  WebAssembly: {},
  Worker: class {},
  indexedDB: {},
  navigator: { locks: {} },
};

test("a current browser is told nothing", () => {
  expect(describeLacking(current)).toBeNull();
});

test("everything that is missing stands in one sentence", () => {
  const old = { ...current, WebAssembly: undefined, navigator: {} };
  expect(describeLacking(old)?.message).toBe("This browser lacks WebAssembly and Web Locks.");
});

test("an address without https is told first: it is why the rest is missing", () => {
  const insecure = { isSecureContext: false, navigator: {} };
  expect(describeLacking(insecure)?.hint).toContain("https://");
});
