// Deletes everything that the studio keeps in this browser. Other sites on the same address (a shared host) keep theirs.

/** What every database, cache and key of the studio begins with. */
const prefixes = ["studio-", "finetune-studio"];
const isOwn = (name: string) => prefixes.some((prefix) => name.startsWith(prefix));

/** Names of the studio's databases, also for browsers that do not list them. */
const knownDatabases = [
  "studio-folders",
  "studio-chunks",
  "studio-logs",
  "studio-runs",
  "studio-mirror",
];

/** Deletes databases, caches and keys. Other tabs let go of the databases by themselves. */
export async function eraseStorage(): Promise<void> {
  const listed = (await indexedDB.databases?.()) ?? [];
  const names = new Set([...knownDatabases, ...listed.flatMap(({ name }) => name ?? [])]);
  await Promise.all([...names].filter(isOwn).map(deleteDatabase));
  const caches = (await globalThis.caches?.keys()) ?? [];
  await Promise.all(caches.filter(isOwn).map((name) => globalThis.caches.delete(name)));
  for (const store of [globalThis.localStorage, globalThis.sessionStorage]) {
    for (const key of Object.keys(store ?? {})) if (isOwn(key)) store.removeItem(key);
  }
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}
