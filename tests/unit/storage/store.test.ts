import "fake-indexeddb/auto";
import { get, set } from "idb-keyval";
import { expect, test, vi } from "vitest";
import { openStore } from "../../../src/storage/store.ts";

test("a closed connection is opened again and the operation repeated", async () => {
  const store = openStore("closing", "strict");
  await set("a", 1, store);
  // Another tab asks to delete the database: the connection closes itself.
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.open("closing", 2);
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
    request.onerror = () => reject(request.error);
  });
  await set("b", 2, store);
  expect(await get("a", store)).toBe(1);
  expect(await get("b", store)).toBe(2);
});

test.each(["AbortError", "InvalidStateError", "UnknownError"])(
  "an operation that fails with %s is repeated, and its error shown where it never succeeds",
  async (name) => {
    const store = openStore(`retry-${name}`, "strict");
    let calls = 0;
    const result = await store("readonly", async () => {
      calls += 1;
      if (calls === 1) throw new DOMException("once", name);
      return "done";
    });
    expect(result).toBe("done");
    await expect(
      store("readonly", async () => {
        throw new DOMException("always", name);
      }),
    ).rejects.toThrow("always");
  },
);

test("a database that is being deleted is opened again until it is there", async () => {
  const store = openStore("deleted", "strict");
  const open = vi.spyOn(indexedDB, "open");
  // Chromium's answer to an open request that meets Storage.clearDataForOrigin.
  const closed = () => {
    const request: Record<string, unknown> = {
      error: new DOMException("The connection was closed.", "AbortError"),
    };
    queueMicrotask(() => (request.onerror as () => void)());
    return request as unknown as IDBOpenDBRequest;
  };
  open.mockImplementationOnce(closed).mockImplementationOnce(closed).mockImplementationOnce(closed);
  // Both wait for the same connection, and one that fails does not take the other's new one away.
  await Promise.all([set("a", 1, store), set("b", 2, store)]);
  expect(await get("a", store)).toBe(1);
  expect(open).toHaveBeenCalledTimes(4);
  open.mockRestore();
});

test("any other error is not repeated", async () => {
  const store = openStore("no-retry", "strict");
  let calls = 0;
  const failing = store("readonly", async () => {
    calls += 1;
    throw new DOMException("bad data", "DataError");
  });
  await expect(failing).rejects.toThrow("bad data");
  expect(calls).toBe(1);
});

test("a full storage says so and what to do", async () => {
  const store = openStore("full", "strict");
  const failing = store("readwrite", async () => {
    throw new DOMException("no room", "QuotaExceededError");
  });
  await expect(failing).rejects.toMatchObject({
    message: expect.stringContaining("storage is full"),
    hint: expect.stringContaining("save_total_limit"),
  });
});
