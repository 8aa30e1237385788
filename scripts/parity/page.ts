// The page side of benchmark:parity: the studio's own back ends in a real browser.
import { startForTests } from "../../tests/gpu/support/backends.ts";
import { measureParity, type Parity } from "./measure.ts";

async function read(path: string): Promise<Uint8Array> {
  const response = await fetch(`/golden/${path}`);
  if (!response.ok) throw new Error(`${path} could not be read: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Called from outside, once a page load: a back end is started once. Progress goes to the console. */
async function measure(
  backend: Parameters<typeof startForTests>[0],
  models: readonly string[],
): Promise<{ parities: Parity[]; adapter: string }> {
  const running = await startForTests(backend);
  const parities: Parity[] = [];
  for (const model of models) {
    // biome-ignore lint/suspicious/noConsole: the script prints what it hears here.
    parities.push(await measureParity(model, backend, read, (text) => console.info(text)));
    running.throwIfFailed();
  }
  return { parities, adapter: running.adapter };
}

Object.assign(globalThis, { measure });
