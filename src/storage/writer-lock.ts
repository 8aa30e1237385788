// One lock for everything that writes or collects chunks, across tabs and workers. Without Web Locks (Node) it is this thread's own.

const name = "studio-writer";
let queue: Promise<unknown> = Promise.resolve();

/** Runs `work` while nobody else writes chunks or collects them. */
export function withWriterLock<Value>(work: () => Promise<Value>): Promise<Value> {
  const locks = globalThis.navigator?.locks;
  if (locks !== undefined) return locks.request(name, work) as Promise<Value>;
  const mine = queue.then(work, work);
  queue = mine.catch(() => {});
  return mine;
}
