// What a pickle of PyTorch's optimizer.pt and scheduler.pt holds, as plain values. No Python object has a place here.

const storages = {
  FloatStorage: "float32",
  DoubleStorage: "float64",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ByteStorage: "uint8",
  BoolStorage: "bool",
} as const;
type StorageName = keyof typeof storages;
export type TorchDtype = (typeof storages)[StorageName];

/** Bytes of one value. */
export const dtypeBytes: Readonly<Record<TorchDtype, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/** A tensor: row-major, without gaps. 16-bit floats are read as float32, integers and doubles as float64. */
export class TorchTensor {
  readonly dtype: TorchDtype;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Uint8Array;

  constructor(
    dtype: TorchDtype,
    shape: readonly number[],
    data: Float32Array | Float64Array | Uint8Array,
  ) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }
}

export type PickleKey = string | number;
/** What a pickle is read into: lists and tuples are arrays, dictionaries are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | readonly PickleValue[]
  | ReadonlyMap<PickleKey, PickleValue>
  | TorchTensor;

/** A Python float, also where its value is a whole number. */
interface PickleFloat {
  readonly float: number;
}
/** A Python tuple. */
export interface PickleTuple {
  readonly tuple: readonly PickleInput[];
}
/** What can be written: whole numbers become int, arrays become list. */
export type PickleInput =
  | null
  | boolean
  | number
  | string
  | PickleFloat
  | PickleTuple
  | readonly PickleInput[]
  | ReadonlyMap<PickleKey, PickleInput>
  | TorchTensor;

/** A dictionary with these entries, in their order. */
export const pickleDict = (entries: Readonly<Record<string, PickleInput>>) =>
  new Map<PickleKey, PickleInput>(Object.entries(entries));

/** The dtype of one of torch's storage classes, or undefined. */
export const dtypeOfStorage = (name: string): TorchDtype | undefined =>
  Object.hasOwn(storages, name) ? storages[name as StorageName] : undefined;

/** The storage class of a dtype. */
export function storageOfDtype(dtype: TorchDtype): string {
  for (const [name, stored] of Object.entries(storages)) if (stored === dtype) return name;
  throw new Error(`There is no storage of ${dtype}.`);
}
