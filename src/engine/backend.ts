// Chooses and starts the tensor back end. It owns the GPUDevice; nothing else in the studio requests one.

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { browserName, type Pins } from "../config/pins.ts";
import { type MemoryLimits, wasmHeapLimit } from "../config/run-memory.ts";
import type { BackendChoice, BackendOptions } from "../config/run-record.ts";
import { StudioError } from "../lib/errors.ts";
import { cpuKernels } from "./cpu/cpu-kernels.ts";
import { startWasmBackend, type WasmFiles } from "./cpu/start-wasm.ts";
import { createGpuBackend } from "./gpu/gpu-backend.ts";
import { hastenReads } from "./gpu/hasten-reads.ts";
import { installRepairs } from "./repairs/install-repairs.ts";

type BackendName = "webgpu" | "wasm" | "cpu";

/** A back end that runs: what it is, why it was taken, and whether its device still lives. */
export interface RunningBackend {
  readonly backend: BackendName;
  readonly adapter: string;
  readonly reason: string;
  /** What decides the order of its sums. */
  readonly pins: Pins;
  /** What it grants for tensors, as far as the browser tells. */
  readonly memory: MemoryLimits;
  /** Throws a StudioError if the GPU reported an error or was lost since the last call. */
  throwIfFailed(): void;
  /** Gives what `work` gives, or throws as soon as the device is lost: a lost device answers nothing that waits for it. */
  guard<Value>(work: Promise<Value>): Promise<Value>;
}

interface Device {
  readonly adapter: string;
  readonly memory: MemoryLimits;
  throwIfFailed(): void;
  guard<Value>(work: Promise<Value>): Promise<Value>;
}

/** tfjs's own code and data, our kernels' working memory, and what lies fallow between tensors. */
const heapOverhead = 256 * 1024 ** 2;
const heapLimits: MemoryLimits = { total: wasmHeapLimit - heapOverhead, largest: null };

const initialisationLimit = 20_000; // milliseconds
const softwareAdapter = /swiftshader|llvmpipe|lavapipe|software|basic render/iu;

/**
 * Starts the back end that was asked for. `auto` takes WebGPU on a hardware adapter, else WebAssembly, else the plain
 * processor, and says in one sentence why. An explicit choice is honoured or refused with a StudioError.
 */
export async function startBackend(
  choice: BackendChoice,
  wasmFiles: WasmFiles,
  { threads, acceptSoftware = false, found = null }: BackendOptions = {},
): Promise<RunningBackend> {
  const start: Record<BackendName, () => Promise<Device>> = {
    webgpu: () => startWebGpu(acceptSoftware || choice === "webgpu"),
    wasm: () => startWasm(wasmFiles, threads),
    cpu: startCpu,
  };
  if (choice !== "auto") {
    const device = await start[choice]();
    return finish(choice, device, "You chose it.");
  }
  const refusals: string[] = [];
  const order: readonly BackendName[] = ["webgpu", "wasm", "cpu"];
  const first = order.filter((backend) => backend === found?.backend);
  for (const backend of new Set([...first, ...order])) {
    try {
      const device = await start[backend]();
      const reason =
        backend === found?.backend
          ? found.reason
          : [...refusals, `${titles[backend]} is the fastest that works here.`].join(" ");
      return finish(backend, device, reason);
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new StudioError(`No tensor back end starts in this browser. ${refusals.join(" ")}`, {
    hint: "Use a current version of Chrome, Edge, Firefox or Safari.",
  });
}

const titles: Record<BackendName, string> = {
  webgpu: "WebGPU",
  wasm: "WebAssembly",
  cpu: "Plain JavaScript",
};

function finish(backend: BackendName, device: Device, reason: string): RunningBackend {
  // tfjs falls back to another back end in silence when one does not start.
  if (tf.getBackend() !== backend) {
    throw new StudioError(`${titles[backend]} was asked for, but tfjs runs on ${tf.getBackend()}.`);
  }
  installRepairs(backend);
  const { adapter, memory, throwIfFailed, guard } = device;
  return { backend, adapter, reason, pins: pinsOf(backend, adapter), memory, throwIfFailed, guard };
}

/** Raise it with every change of an own kernel, CPU or GPU, that may change a last digit. */
const ownKernels = 6;

function pinsOf(backend: BackendName, adapter: string): Pins {
  const kernels = backend === "wasm" ? cpuKernels() : undefined;
  return {
    backend,
    // On the processor the words tell the threads, which have a pin of their own.
    adapter: backend === "webgpu" ? adapter : "processor",
    kernels: `tfjs ${tf.version_core}, studio ${ownKernels}`,
    threads: kernels?.threads ?? 1,
    relaxed_simd: kernels?.relaxedSimd ?? false,
    // Only a GPU's kernels are compiled by the browser as it likes.
    browser: browserName(globalThis.navigator?.userAgent ?? "", backend === "webgpu"),
  };
}

async function startCpu(): Promise<Device> {
  await setBackend("cpu");
  // Typed arrays lie outside the heap that V8 limits; beyond this a tab is killed.
  return { adapter: "JavaScript, one thread", memory: heapLimits, ...steady };
}

async function startWasm(files: WasmFiles, threads: number | undefined): Promise<Device> {
  const adapter = await startWasmBackend(files, threads, () => setBackend("wasm"));
  return { adapter, memory: heapLimits, ...steady };
}

async function startWebGpu(acceptSoftware: boolean): Promise<Device> {
  const gpu = globalThis.navigator?.gpu;
  if (gpu === undefined) throw new StudioError("This browser does not offer WebGPU.");
  const adapter = await withLimit(
    gpu.requestAdapter({ powerPreference: "high-performance" }),
    "WebGPU did not answer",
  );
  if (adapter === null) {
    throw new StudioError("WebGPU finds no graphics adapter.", {
      hint: "If the graphics process crashed before, only a restart of the browser brings it back. WebAssembly works meanwhile.",
    });
  }
  const title = describeAdapter(adapter.info);
  if (!acceptSoftware && (adapter.info.isFallbackAdapter || softwareAdapter.test(title))) {
    throw new StudioError(
      `The only WebGPU adapter, ${title}, is software and slower than WebAssembly.`,
    );
  }
  const device = await withLimit(requestDevice(adapter), "The graphics device did not start");
  if (browserName(navigator.userAgent, false) === "Firefox") hastenReads(device);
  const watch = watchDevice(device);
  tf.removeBackend("webgpu");
  const backend = createGpuBackend(device, adapter.info);
  tf.registerBackend("webgpu", () => backend, 3);
  await setBackend("webgpu");
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  // How much memory the device has altogether, WebGPU does not tell.
  const memory = { total: null, largest: Math.min(maxBufferSize, maxStorageBufferBindingSize) };
  return { adapter: title, memory, ...watch };
}

function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const wanted: GPUFeatureName[] = ["timestamp-query", "shader-f16", "subgroups"];
  const { limits } = adapter;
  return adapter.requestDevice({
    requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    },
  });
}

/** tfjs swallows GPU errors and returns zeros; the step asks this function and fails instead. */
function watchDevice(device: GPUDevice): Pick<Device, "throwIfFailed" | "guard"> {
  let failure: StudioError | undefined;
  device.addEventListener("uncapturederror", (event) => {
    failure ??= new StudioError(`The graphics device reported an error: ${event.error.message}`, {
      hint: "Saved checkpoints are kept. Choose WebAssembly as back end and resume from the newest one.",
    });
  });
  void device.lost.then((info) => {
    failure = new StudioError(`The graphics device was lost: ${info.message || info.reason}`, {
      hint: "Saved checkpoints are kept. Restart the browser, or choose WebAssembly, and resume from the newest one.",
      code: "device-lost",
    });
  });
  const throwIfFailed = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    throwIfFailed,
    async guard(work) {
      const lost = device.lost.then(() => {
        throwIfFailed();
        throw new Error("The graphics device was lost.");
      });
      try {
        return await Promise.race([work, lost]);
      } catch (error) {
        // What waits for a lost device fails first and with other words; the loss is told a moment later.
        await new Promise((resolve) => setTimeout(resolve, 200));
        throwIfFailed();
        throw error;
      }
    },
  };
}

function describeAdapter(info: GPUAdapterInfo): string {
  return (
    info.description ||
    [info.vendor, info.architecture].filter(Boolean).join(" ") ||
    "graphics adapter"
  );
}

async function setBackend(name: BackendName): Promise<void> {
  const works = await withLimit(tf.setBackend(name), `${titles[name]} did not start`);
  if (!works) throw new StudioError(`${titles[name]} does not start in this browser.`);
  await tf.ready();
}

function withLimit<Value>(work: Promise<Value>, what: string): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    const seconds = initialisationLimit / 1000;
    timer = setTimeout(
      () => reject(new StudioError(`${what} within ${seconds} seconds.`)),
      initialisationLimit,
    );
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

/** A device that cannot be lost. */
const steady: Pick<Device, "throwIfFailed" | "guard"> = {
  throwIfFailed() {},
  guard: (work) => work,
};
