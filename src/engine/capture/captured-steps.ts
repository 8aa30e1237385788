// Steps that run as plans: each kind of step is run once as it is, recorded, replayed and compared to the last bit; from then on it
// is replayed. A step that cannot be recorded, or that a recording would not repeat, runs as it is, and the report says why.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { flush, gpuBackend, purgeFreeBuffers, tensorUsage } from "../gpu/gpu-backend.ts";
import { GpuMemoryError, watchMemory } from "../gpu/out-of-memory.ts";
import { compilePrograms, type TellCompiled } from "./compile.ts";
import { createPlan, type Plan } from "./plan.ts";
import { CaptureError, PlanPool } from "./plan-pool.ts";
import { findDifference, record } from "./record.ts";
import { type InputValues, type Key, withStepInputs } from "./step-inputs.ts";

/** One run of a step. Runs of equal keys have inputs of equal sizes and do the same. */
export interface Step {
  readonly key: string;
  /** What changes from run to run. The same arrays reach `stepInput` in the body. */
  readonly inputs: Readonly<Record<string, InputValues>>;
  /** Random keys in the order in which the body first asks for them, by name; undefined where it draws nothing. */
  readonly noise?: NoiseKeys | undefined;
  /** The work. It leaves no tensor: what it computes it writes into tensors that exist. Run inside `tf.tidy`. */
  body(): void;
}

/** Random keys by the place in the model that draws from them. */
export interface NoiseKeys {
  /** Those asked for so far. */
  readonly drawn: ReadonlyMap<string, Key>;
  keyOf(place: string): Key;
}

/** How a kind of step runs. */
interface StepReport {
  readonly key: string;
  /** Dispatches of a replay; 0 where it runs as it is. */
  readonly dispatches: number;
  /** Those of tfjs's own programs, by name. */
  readonly foreign: Readonly<Record<string, number>>;
  /** Why it is not replayed. */
  readonly reason: string | null;
}

/** What it took so far to bring kinds of steps into being and to check them. */
interface Preparation {
  /** GPU programs compiled, and milliseconds until they were. */
  readonly programs: number;
  readonly compiling: number;
  /** Milliseconds of all of it. */
  readonly time: number;
}

type Fingerprint = () => Promise<readonly number[]>;

export interface CapturedSteps {
  /**
   * Brings the kind of this step into being, if it is new, or checks it now and then. `fingerprint` reads what the step has written;
   * without it the step is recorded and never run for a comparison. `tell` hears of the programs that are compiled for it.
   */
  prepare(step: Step, fingerprint?: Fingerprint, tell?: TellCompiled): Promise<void>;
  /** Runs steps whose kinds are prepared, in one submit where all are replayed; `after` may add commands to it. */
  run(steps: readonly Step[], after?: (encoder: GPUCommandEncoder) => void): void;
  readonly report: readonly StepReport[];
  readonly preparation: Preparation;
  /** Grows whenever a preparation or a check begins and whenever one ends: between two equal readings there was none. */
  readonly changes: number;
  /** Bytes that the plans hold beyond the tensors of the steps. */
  readonly bytes: number;
  /** Forgets the plans, for example because tensors outside of them were replaced. */
  reset(): void;
  dispose(): void;
}

/** Random keys of one step. */
const mostKeys = 1024;
const otherResults = "its replay gave other results than the step itself";
/** Runs of a kind between two checks. */
const checkEvery = 500;

interface Input {
  readonly buffer: GPUBuffer;
  readonly length: number;
  tensor?: tf.Tensor;
}

interface Kind {
  readonly inputs: ReadonlyMap<string, Input>;
  readonly keys: Input | undefined;
  /** Places of the random keys, in the order of their slots. */
  places: readonly string[];
  plan: Plan | undefined;
  reason: string | null;
  runs: number;
  isChecked: boolean;
}

/** Captured steps on the running back end; undefined where it is not WebGPU. */
export function createCapturedSteps(): CapturedSteps | undefined {
  const backend = gpuBackend();
  return backend === undefined ? undefined : new Steps(backend);
}

class Steps implements CapturedSteps {
  private readonly backend: WebGPUBackend;
  private pool: PlanPool;
  private readonly kinds = new Map<string, Kind>();
  private upload: GPUBuffer | undefined;
  readonly preparation = { programs: 0, compiling: 0, time: 0 };
  changes = 0;

  constructor(backend: WebGPUBackend) {
    this.backend = backend;
    this.pool = new PlanPool(backend.device);
  }

  get report(): readonly StepReport[] {
    return [...this.kinds].map(([key, { plan, reason }]) => ({
      key,
      dispatches: plan?.dispatches ?? 0,
      foreign: plan?.foreign ?? {},
      reason,
    }));
  }

  get bytes(): number {
    let bytes = this.pool.numBytesAllocated + (this.upload?.size ?? 0);
    for (const { plan, inputs, keys } of this.kinds.values()) {
      bytes += (plan?.uniformBytes ?? 0) + (keys?.buffer.size ?? 0);
      for (const { buffer } of inputs.values()) bytes += buffer.size;
    }
    return bytes;
  }

  async prepare(step: Step, fingerprint?: Fingerprint, tell?: TellCompiled): Promise<void> {
    const kind = this.kinds.get(step.key);
    if (kind !== undefined && !isCheckDue(kind)) return;
    const start = performance.now();
    this.changes += 1;
    try {
      if (kind === undefined) await this.bringUp(step, fingerprint, tell);
      else await this.check(kind, step, fingerprint);
    } finally {
      purgeFreeBuffers(this.backend);
      this.preparation.time += performance.now() - start;
      this.changes += 1;
    }
  }

  run(steps: readonly Step[], after?: (encoder: GPUCommandEncoder) => void): void {
    const { device, queue } = this.backend;
    flush(this.backend);
    const copies = this.writeInputs(steps);
    let encoder = device.createCommandEncoder();
    steps.forEach((step, i) => {
      const kind = this.kindOf(step);
      kind.runs += 1;
      copies[i]?.(encoder);
      if (kind.plan !== undefined) {
        kind.plan.encode(encoder);
        return;
      }
      queue.submit([encoder.finish()]);
      this.runPlain(kind, step);
      encoder = device.createCommandEncoder();
    });
    after?.(encoder);
    queue.submit([encoder.finish()]);
  }

  reset(): void {
    for (const { plan, inputs, keys } of this.kinds.values()) {
      plan?.dispose();
      for (const input of [...inputs.values(), ...(keys === undefined ? [] : [keys])]) {
        input.tensor?.dispose();
        input.buffer.destroy();
      }
    }
    this.kinds.clear();
  }

  dispose(): void {
    flush(this.backend);
    this.free();
  }

  /** Plans and the upload may hold buffers that do not exist: all are made anew when they are needed. */
  private giveMemoryBack(): void {
    this.free();
    this.pool = new PlanPool(this.backend.device);
  }

  private free(): void {
    this.reset();
    this.pool.dispose();
    this.upload?.destroy();
    this.upload = undefined;
  }

  private kindOf({ key }: Step): Kind {
    const kind = this.kinds.get(key);
    if (kind === undefined) throw new Error(`The step ${key} was not prepared.`);
    return kind;
  }

  private createKind({ inputs, noise }: Step): Kind {
    const make = (length: number): Input => ({
      buffer: this.backend.device.createBuffer({ size: 4 * length, usage: tensorUsage }),
      length,
    });
    return {
      inputs: new Map(Object.entries(inputs).map(([name, { length }]) => [name, make(length)])),
      keys: noise === undefined ? undefined : make(2 * mostKeys),
      ...{ places: [], plan: undefined, reason: null, runs: 0, isChecked: false },
    };
  }

  private async bringUp(
    step: Step,
    fingerprint: Fingerprint | undefined,
    tell: TellCompiled | undefined,
  ): Promise<void> {
    const kind = this.createKind(step);
    this.kinds.set(step.key, kind);
    try {
      await this.compile(kind, step, tell);
      await watchMemory(this.backend.device, () => this.capture(kind, step, fingerprint));
    } catch (error) {
      if (error instanceof GpuMemoryError) this.giveMemoryBack();
      throw error;
    }
  }

  private async check(kind: Kind, step: Step, fingerprint: Fingerprint | undefined): Promise<void> {
    kind.isChecked = true;
    try {
      const fault = await watchMemory(this.backend.device, () =>
        this.findFault(kind, step, fingerprint),
      );
      if (fault !== undefined) this.giveUp(kind, fault);
    } catch (error) {
      // The replay has its memory: only the comparison beside it asked for more.
      if (!(error instanceof GpuMemoryError)) throw error;
    }
  }

  /** Compiles the step's programs, and learns in which order it asks for its random keys, so that each has its slot. */
  private async compile(kind: Kind, step: Step, tell: TellCompiled | undefined): Promise<void> {
    const start = performance.now();
    const body = () => this.runBody(kind, step);
    const compiled = compilePrograms(this.backend, this.pool, body, tell);
    kind.places = [...(step.noise?.drawn.keys() ?? [])];
    this.preparation.programs += await compiled;
    this.preparation.compiling += performance.now() - start;
  }

  /** Runs the step as it is, records it, replays it and compares. */
  private async capture(
    kind: Kind,
    step: Step,
    fingerprint: Fingerprint | undefined,
  ): Promise<void> {
    let expected: readonly number[] | undefined;
    if (fingerprint !== undefined) {
      this.runOnce(kind, step);
      expected = await fingerprint();
    }
    try {
      const recording = record(this.backend, this.pool, () => this.runBody(kind, step));
      purgeFreeBuffers(this.backend);
      kind.plan = createPlan(this.backend, this.pool, recording);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      kind.reason = error.message;
      return;
    }
    if (fingerprint === undefined || expected === undefined) return;
    this.runOnce(kind, step);
    if (!isEqual(await fingerprint(), expected)) {
      this.giveUp(kind, otherResults);
    }
  }

  /** Records again with this run's batch and compares replay and step once more. Gives why the plan is no good, if so. */
  private async findFault(
    kind: Kind,
    step: Step,
    fingerprint: Fingerprint | undefined,
  ): Promise<string | undefined> {
    try {
      const difference = findDifference(this.backend, this.pool, kind.plan?.names ?? [], () =>
        this.runBody(kind, step),
      );
      if (difference !== undefined) return difference;
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      return error.message;
    }
    if (fingerprint === undefined) return undefined;
    this.runOnce(kind, step);
    const replayed = await fingerprint();
    this.writeOnce(kind, step);
    this.runPlain(kind, step);
    return isEqual(await fingerprint(), replayed) ? undefined : otherResults;
  }

  private giveUp(kind: Kind, reason: string): void {
    kind.plan?.dispose();
    kind.plan = undefined;
    kind.reason = reason;
  }

  private runOnce(kind: Kind, step: Step): void {
    if (kind.plan === undefined) {
      this.writeOnce(kind, step);
      this.runPlain(kind, step);
      return;
    }
    this.run([step]);
  }

  private writeOnce(kind: Kind, step: Step): void {
    flush(this.backend);
    const encoder = this.backend.device.createCommandEncoder();
    for (const copy of this.writeInputs([step], kind)) copy(encoder);
    this.backend.queue.submit([encoder.finish()]);
  }

  private runPlain(kind: Kind, step: Step): void {
    tf.tidy(() => this.runBody(kind, step));
    flush(this.backend);
  }

  private runBody(kind: Kind, step: Step): void {
    const byValues = new Map(Object.entries(step.inputs).map(([name, values]) => [values, name]));
    withStepInputs(
      {
        input: (values, shape) => {
          const name = byValues.get(values);
          const input = name === undefined ? undefined : kind.inputs.get(name);
          if (input === undefined) return undefined;
          input.tensor ??= this.fixedTensor(
            input,
            shape,
            values instanceof Int32Array ? "int32" : "float32",
          );
          return input.tensor;
        },
        key: (key) => {
          const slot = [...(step.noise?.drawn.values() ?? [])].indexOf(key);
          if (kind.keys === undefined || slot < 0 || slot >= mostKeys) {
            throw new CaptureError("it draws random numbers under an unknown key");
          }
          kind.keys.tensor ??= this.fixedTensor(kind.keys, [mostKeys, 2], "int32");
          return { keys: kind.keys.tensor, slot };
        },
      },
      () => step.body(),
    );
  }

  private fixedTensor(
    { buffer }: Input,
    shape: readonly number[],
    dtype: "float32" | "int32",
  ): tf.Tensor {
    const source = { buffer, zeroCopy: true };
    return tf.keep(this.backend.createTensorFromGPUData(source, [...shape], dtype) as tf.Tensor);
  }

  /** Sends the inputs of all steps to the GPU in one write, and gives for each step the commands that bring them to their places. */
  private writeInputs(
    steps: readonly Step[],
    only?: Kind,
  ): ((encoder: GPUCommandEncoder) => void)[] {
    const parts = steps.map((step) => this.inputsOf(only ?? this.kindOf(step), step));
    const total = parts.flat().reduce((sum, { values }) => sum + values.length, 0);
    if (total === 0) return [];
    const words = new Int32Array(total);
    let next = 0;
    const copies = parts.map((part) => {
      const placed = part.map(({ values, buffer }) => {
        const at = next;
        words.set(new Int32Array(values.buffer, values.byteOffset, values.length), at);
        next += values.length;
        return { at: 4 * at, buffer, size: 4 * values.length };
      });
      return (encoder: GPUCommandEncoder) => {
        for (const { at, buffer, size } of placed) {
          encoder.copyBufferToBuffer(this.upload as GPUBuffer, at, buffer, 0, size);
        }
      };
    });
    const { device, queue } = this.backend;
    if (this.upload === undefined || this.upload.size < 4 * total) {
      this.upload?.destroy();
      const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      this.upload = device.createBuffer({ size: Math.ceil(1.5 * total) * 4, usage });
    }
    queue.writeBuffer(this.upload, 0, words);
    return copies;
  }

  private inputsOf(
    kind: Kind,
    { key, inputs, noise }: Step,
  ): { values: InputValues; buffer: GPUBuffer }[] {
    const found = Object.entries(inputs).map(([name, values]) => {
      const input = kind.inputs.get(name);
      if (input === undefined || input.length !== values.length) {
        throw new Error(`The step ${key} has another input ${name} than before.`);
      }
      return { values, buffer: input.buffer };
    });
    if (noise === undefined || kind.keys === undefined || kind.places.length === 0) return found;
    const values = new Int32Array(2 * kind.places.length);
    kind.places.forEach((place, slot) => {
      values.set(
        noise.keyOf(place).map((word) => word | 0),
        2 * slot,
      );
    });
    return [...found, { values, buffer: kind.keys.buffer }];
  }
}

const isCheckDue = ({ plan, runs, isChecked }: Kind) =>
  plan !== undefined && runs > 0 && (!isChecked || runs % checkEvery === 0);

const isEqual = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((number, i) => Object.is(number, b[i]));
