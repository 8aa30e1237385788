// Which back end suits a run. Where there is a graphics adapter, WebGPU and WebAssembly are both tried for a model and batch, the
// faster one is taken, and the figures are kept in localStorage. A choice of the user's own is never overruled.
import { z } from "zod";
import type { FoundBackend, RunRecord } from "../config/run-record.ts";
import { getLiveRun, getStoredRuns } from "../state/run-store.ts";
import { useStudioStore } from "../state/studio-store.ts";
import { en } from "../ui/text/en.ts";
import { startTrainingWorker } from "../worker/client.ts";
import type { Requests } from "../worker/protocol.ts";
import { keep, readKept } from "./kept.ts";
import type { Link } from "./link.ts";

type Backend = FoundBackend["backend"];

const words = en.performance;
const key = "finetune-studio-back-ends";
const mostShapes = 60;
/** Milliseconds of timed updates on each of the two. */
const mostTimed = 900;
/** A back end that has not answered in so many milliseconds, with its start and the loading of the model, is the slower one. */
const patience = 10_000;

/** Milliseconds of an update; null where it cannot run there, or not in time. */
const figuresSchema = z.object({ webgpu: z.number().nullable(), wasm: z.number().nullable() });
type Figures = z.output<typeof figuresSchema>;
const storedSchema = z.object({
  version: z.literal(1),
  shapes: z.array(z.tuple([z.string(), figuresSchema])),
});

interface ChoiceParts {
  readonly link: Link;
  /** What a worker of our own is started with, but for the choice. */
  startOptions(): Omit<Requests["startBackend"]["params"], "choice">;
  /** Starts the training worker anew, on this back end. */
  restart(found: FoundBackend): Promise<void>;
  /** Says what is being done before a run. */
  tell(runId: string, note: string): void;
}

export function createBackendChoice({ link, startOptions, restart, tell }: ChoiceParts) {
  let adapter: string | null = null;

  /** The back end that runs, where the choice is ours and there is something to choose from. */
  const open = (): Backend | null => {
    const { backendChoice, device } = useStudioStore.getState();
    if (backendChoice !== "auto" || device.status !== "ready") return null;
    const { backend, adapter: name } = device.info;
    if (backend === "webgpu") adapter = name;
    return adapter === null || backend === "cpu" ? null : backend;
  };

  const measure = async (
    record: RunRecord,
    running: Backend,
    signal: AbortSignal,
  ): Promise<Figures> => {
    const other = running === "webgpu" ? "wasm" : "webgpu";
    const time = async (backend: Backend, request: Link["request"]) => {
      tell(record.id, words.choosing(backend));
      const { update } = await request("tryRun", { record, most: mostTimed });
      return update;
    };
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    const own = await Promise.race([time(running, link.request).catch(() => null), aborted]);
    const beside = startTrainingWorker(deaf);
    try {
      const trial = async () => {
        await beside.request("startBackend", { ...startOptions(), choice: other });
        return time(other, beside.request);
      };
      const late = new Promise<null>((resolve) => {
        setTimeout(() => resolve(null), patience);
      });
      const others = await Promise.race([trial().catch(() => null), late, aborted]);
      return running === "webgpu" ? { webgpu: own, wasm: others } : { webgpu: others, wasm: own };
    } finally {
      beside.terminate();
    }
  };

  /** The back end that runs has a new reason. */
  const explain = async (reason: string) => {
    await link.request("explainBackend", { reason });
    const { device } = useStudioStore.getState();
    if (device.status !== "ready") return;
    useStudioStore.setState({ device: { ...device, info: { ...device.info, reason } } });
  };

  return {
    /**
     * Before a run begins: takes the faster back end for it. What cannot be measured changes nothing.
     * @throws what the signal was aborted with.
     */
    async chooseFor(record: RunRecord, signal: AbortSignal): Promise<void> {
      const running = open();
      if (running === null || adapter === null) return;
      const shape = shapeOf(record, adapter);
      const known = readShapes();
      const figures = known.get(shape) ?? (await measure(record, running, signal));
      const faster = fasterOf(figures);
      if (faster === null) return;
      // What failed where it should run may do so for a passing reason.
      if (figures[running] !== null) {
        known.delete(shape);
        keep(key, { shapes: [...known, [shape, figures]].slice(-mostShapes) });
      }
      const other = figures[faster === "webgpu" ? "wasm" : "webgpu"];
      const reason = words.found(faster, figures[faster] ?? 0, other);
      if (faster === running) await explain(reason);
      else await restart({ backend: faster, reason });
    },
    /** Before a run goes on: back to where it was computed, so that it goes on to the last bit. */
    async returnTo(runId: string): Promise<void> {
      const running = open();
      const stored = getStoredRuns().find(({ record }) => record.id === runId);
      const before = stored?.status.pins?.backend;
      if (running === null || before === running || getLiveRun() !== null) return;
      if (before !== "webgpu" && before !== "wasm") return;
      await restart({ backend: before, reason: words.ranOn(before) });
    },
  };
}

function fasterOf({ webgpu, wasm }: Figures): Backend | null {
  if (webgpu === null && wasm === null) return null;
  return wasm === null || (webgpu !== null && webgpu <= wasm) ? "webgpu" : "wasm";
}

/** What decides how long an update takes on an adapter, but for the texts. */
function shapeOf(record: RunRecord, adapter: string): string {
  const { arguments: args, mode, num_trainable_layers, model_name_or_path } = record;
  const { max_length, optim, gradient_checkpointing } = args;
  return JSON.stringify([
    ...[adapter, model_name_or_path, mode, num_trainable_layers ?? null],
    ...[args.per_device_train_batch_size, max_length, optim, gradient_checkpointing],
  ]);
}

function readShapes(): Map<string, Figures> {
  const stored = storedSchema.safeParse(readKept(key));
  return new Map(stored.success ? stored.data.shapes : []);
}

/** A worker that only answers. */
const deaf = {
  onEvent() {},
  onWritten() {},
  onScored() {},
  onDeath() {},
} satisfies Parameters<typeof startTrainingWorker>[0];
