// Starts tfjs's wasm back end in Node, as far as the models' tests need it.
import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

/** Waits until tfjs runs on wasm and fails if it fell back to another back end. */
export async function startWasm(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${path.dirname(entry)}/`);
  await tf.setBackend("wasm");
  await tf.ready();
  if (tf.getBackend() !== "wasm") throw new Error(`tfjs runs on ${tf.getBackend()}, not on wasm.`);
}
