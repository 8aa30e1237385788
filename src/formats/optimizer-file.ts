// optimizer.pt and scheduler.pt as torch.optim and LambdaLR save them: two parameter groups, decayed parameters first.
import { StudioError } from "../lib/errors.ts";
import {
  type PickleInput,
  type PickleKey,
  type PickleValue,
  pickleDict,
  TorchTensor,
} from "./pickle-values.ts";
import { parseTorchFile, serializeTorchFile } from "./torch-file.ts";

/** A tensor of the state. */
interface StateTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
/** What an optimiser keeps for each parameter, under PyTorch's names such as `exp_avg`. */
type StateTensors = ReadonlyMap<string, ReadonlyMap<string, StateTensor>>;

/** What optimizer.pt holds, under the parameters' names in the model's order. */
export interface OptimizerFile {
  /** Updates done. */
  readonly step: number;
  /** torch.optim keeps `step` as a tensor, transformers' Adafactor as an int, SGD not at all. */
  readonly stepKind: "tensor" | "int" | "none";
  readonly parameters: StateTensors;
  isDecayed(name: string): boolean;
  readonly weightDecay: number;
  /** Rate of the next update, and the schedule's base. */
  readonly learningRate: number;
  readonly initialLearningRate: number;
  /** The optimiser's other settings under torch's names, in torch's order. */
  readonly settings: Readonly<Record<string, PickleInput>>;
}

/** Names in the order of torch's indices: those with decay, then those without. */
function decayedFirst(names: readonly string[], isDecayed: (name: string) => boolean): string[] {
  return [...names.filter(isDecayed), ...names.filter((name) => !isDecayed(name))];
}

/** The bytes of optimizer.pt. */
export function serializeOptimizer(file: OptimizerFile): Uint8Array<ArrayBuffer> {
  const names = decayedFirst([...file.parameters.keys()], file.isDecayed);
  const decayed = names.filter(file.isDecayed).length;
  const indices = names.map((_, index) => index);
  const group = (params: readonly number[], weightDecay: number) =>
    pickleDict({
      weight_decay: { float: weightDecay },
      lr: { float: file.learningRate },
      ...file.settings,
      initial_lr: { float: file.initialLearningRate },
      params,
    });
  // A parameter that has no state before its first update has no entry, as in torch.
  const states = names.flatMap((name, index): [PickleKey, PickleInput][] => {
    const entries = stateEntries(file, name);
    return file.step === 0 || entries.length === 0 ? [] : [[index, new Map(entries)]];
  });
  return serializeTorchFile(
    "optimizer",
    pickleDict({
      state: new Map(states),
      param_groups: [
        group(indices.slice(0, decayed), file.weightDecay),
        group(indices.slice(decayed), 0),
      ],
    }),
  );
}

function stateEntries(file: OptimizerFile, name: string): [PickleKey, PickleInput][] {
  const tensors = [...(file.parameters.get(name) ?? [])].map(
    ([slot, { shape, data }]): [PickleKey, PickleInput] => [
      slot,
      new TorchTensor("float32", shape, data),
    ],
  );
  if (file.stepKind === "none") return tensors;
  const step =
    file.stepKind === "int"
      ? file.step
      : new TorchTensor("float32", [], Float32Array.of(file.step));
  return [["step", step], ...tensors];
}

/** One parameter group of a read optimizer.pt. */
interface OptimizerGroup {
  readonly settings: ReadonlyMap<PickleKey, PickleValue>;
  readonly params: readonly number[];
}

/** A read optimizer.pt: state by torch's index. */
export interface ParsedOptimizer {
  readonly step: number;
  readonly groups: readonly OptimizerGroup[];
  readonly state: ReadonlyMap<number, ReadonlyMap<string, StateTensor>>;
}

/** Reads optimizer.pt. Throws a StudioError that names what is not allowed, damaged or missing in it. */
export function parseOptimizer(bytes: Uint8Array, file: string): ParsedOptimizer {
  const refuse = (what: string): never => {
    throw new StudioError(`${file}: ${what}.`, {
      hint: "Use the optimizer.pt that the Trainer saved beside the model.",
    });
  };
  const root = asDict(parseTorchFile(bytes, file)) ?? refuse("it is not an optimiser's state");
  const stored = asDict(root.get("state")) ?? refuse("it has no state");
  const groups = asList(root.get("param_groups")) ?? refuse("it has no param_groups");
  const state = new Map<number, Map<string, StateTensor>>();
  let step = 0;
  for (const [index, entry] of stored) {
    const slots = asDict(entry) ?? refuse(`the state of parameter ${index} is not a dictionary`);
    const tensors = new Map<string, StateTensor>();
    for (const [slot, value] of slots) {
      if (slot === "step")
        step = readStep(value) ?? refuse(`the step of parameter ${index} is odd`);
      else if (value instanceof TorchTensor) tensors.set(String(slot), floats(value));
    }
    state.set(Number(index), tensors);
  }
  return {
    step,
    state,
    groups: groups.map((group, index) => {
      const settings = asDict(group) ?? refuse(`parameter group ${index} is not a dictionary`);
      const params = asList(settings.get("params")) ?? refuse(`group ${index} has no params`);
      return { settings, params: params.map(Number) };
    }),
  };
}

function readStep(value: PickleValue): number | undefined {
  if (typeof value === "number") return value;
  return value instanceof TorchTensor ? value.data[0] : undefined;
}

function floats({ shape, data }: TorchTensor): StateTensor {
  return { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/**
 * The state under the parameters' names.
 * @param names all trained parameters in the model's order.
 * @throws StudioError with both counts where the file is of another model or other trained parameters.
 */
export function nameOptimizerState(
  parsed: ParsedOptimizer,
  names: readonly string[],
  isDecayed: (name: string) => boolean,
  file: string,
): Map<string, ReadonlyMap<string, StateTensor>> {
  const order = decayedFirst(names, isDecayed);
  const counts = parsed.groups.map(({ params }) => params.length);
  const own = [order.filter(isDecayed).length, order.filter((name) => !isDecayed(name)).length];
  if (counts.join() !== own.join()) {
    throw new StudioError(
      `${file} has ${counts.join(" + ")} parameters with and without weight decay; this run trains ${own.join(" + ")}.`,
      { hint: "Choose the same model and the same trained layers as the run that saved it." },
    );
  }
  const indices = parsed.groups.flatMap(({ params }) => params);
  return new Map(
    order.map((name, place) => [name, parsed.state.get(indices[place] ?? -1) ?? new Map()]),
  );
}

/** What scheduler.pt of a LambdaLR holds. */
export interface SchedulerFacts {
  /** The base rate of the schedule. */
  readonly baseRate: number;
  /** Rate of the next update. */
  readonly nextRate: number;
  /** Updates done. */
  readonly step: number;
}

/** The bytes of scheduler.pt for two parameter groups. */
export function serializeScheduler({ baseRate, nextRate, step }: SchedulerFacts) {
  const both = (float: number) => [{ float }, { float }];
  return serializeTorchFile(
    "scheduler",
    pickleDict({
      base_lrs: both(baseRate),
      last_epoch: step,
      _step_count: step + 1,
      _is_initial: false,
      _get_lr_called_within_step: false,
      _last_lr: both(nextRate),
      lr_lambdas: [new Map(), new Map()],
    }),
  );
}

/** Reads scheduler.pt. Throws a StudioError where it is not a schedule of the Trainer. */
export function parseScheduler(bytes: Uint8Array, file: string): SchedulerFacts {
  const root = asDict(parseTorchFile(bytes, file));
  const step = root?.get("last_epoch");
  const baseRate = asList(root?.get("base_lrs"))?.[0];
  const nextRate = asList(root?.get("_last_lr"))?.[0];
  if (typeof step === "number" && typeof baseRate === "number" && typeof nextRate === "number") {
    return { baseRate, nextRate, step };
  }
  throw new StudioError(`${file} is not the state of a learning rate schedule.`, {
    hint: "Use the scheduler.pt that the Trainer saved.",
  });
}

const asDict = (value: PickleValue | undefined) =>
  value instanceof Map ? (value as ReadonlyMap<PickleKey, PickleValue>) : undefined;
const asList = (value: PickleValue | undefined) =>
  Array.isArray(value) ? (value as readonly PickleValue[]) : undefined;
