// A strict unpickler. It knows the opcodes and the six kinds of names that optimizer.pt and scheduler.pt need, runs nothing,
// and refuses everything else by name: a pickle can ask Python to run any function, and this one can not.
import { StudioError } from "../lib/errors.ts";
import {
  dtypeOfStorage,
  type PickleKey,
  type PickleValue,
  type TorchTensor,
} from "./pickle-values.ts";

/** The storage that a persistent id names: dtype as torch's class says, `numel` values. */
export interface StorageReference {
  readonly key: string;
  readonly dtype: TorchTensor["dtype"];
  readonly numel: number;
}
/** A tensor of a storage: values from `offset` on, row-major. */
export type LoadTensor = (
  storage: StorageReference,
  offset: number,
  shape: readonly number[],
) => TorchTensor;

const mostValues = 5_000_000;
const mostRank = 8;
const refusedHint =
  "The studio reads only the plain values and tensors of optimizer.pt and scheduler.pt, never code.";

class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
class Storage {
  readonly reference: StorageReference;
  constructor(reference: StorageReference) {
    this.reference = reference;
  }
}
class Mark {}

type Item = PickleValue | Global | Storage | Mark;

/**
 * Reads a pickle of protocol 2 or below.
 * @param file the name that errors show.
 * @param loadTensor gives the tensor of a storage, row-major.
 * @throws StudioError that names the opcode or the Python name that it does not allow, and the byte where it stands.
 */
export function readPickle(bytes: Uint8Array, file: string, loadTensor: LoadTensor): PickleValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: Item[] = [];
  const memo = new Map<number, Item>();
  let at = 0;
  let values = 0;

  const refuse = (what: string, hint = "The file is damaged or not a PyTorch file."): never => {
    throw new StudioError(`${file}: ${what} (byte ${at}).`, { hint });
  };
  const take = (count: number): number => {
    const start = at;
    if (count < 0 || start + count > bytes.length) refuse("the pickle is cut short");
    at += count;
    return start;
  };
  const byte = () => view.getUint8(take(1));
  const uint32 = () => view.getUint32(take(4), true);
  const push = (item: Item) => {
    values += 1;
    if (values > mostValues) refuse(`the pickle has more than ${mostValues} values`);
    stack.push(item);
  };
  const pop = (): Item => stack.pop() ?? refuseEmpty();
  const refuseEmpty = (): null => refuse("the pickle takes a value that is not there");
  const popValue = (): PickleValue => {
    if (stack.length === 0) refuseEmpty();
    const item = stack.pop() as Item;
    return isValue(item) ? item : refuse("a name or mark stands where a value belongs");
  };
  const toMark = (): PickleValue[] => {
    const mark = stack.findLastIndex((item) => item instanceof Mark);
    if (mark === -1) refuse("the pickle closes a list that it did not open");
    const items = stack.splice(mark + 1);
    stack.pop();
    return items as PickleValue[];
  };
  const text = (length: number) => {
    const start = take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, at));
    } catch {
      return refuse("a text is not UTF-8");
    }
  };
  const line = () => {
    const end = bytes.indexOf(10, at);
    if (end === -1) refuse("the pickle is cut short");
    const words = text(end - at);
    at += 1;
    return words;
  };
  const remember = (index: number) => {
    const top = stack.at(-1);
    if (top === undefined || top instanceof Mark) refuse("the pickle remembers nothing");
    memo.set(index, top as Item);
  };
  const recall = (index: number) => {
    const known = memo.get(index);
    push(
      known === undefined ? refuse(`the pickle recalls ${index}, which it never stored`) : known,
    );
  };
  const readGlobal = () => {
    const name = `${line()}.${line()}`;
    const isStorage = name.startsWith("torch.") && dtypeOfStorage(name.slice(6)) !== undefined;
    if (!isStorage && name !== rebuildName && name !== orderedDictName) {
      refuse(`it asks for the Python name ${name}, which is not allowed`, refusedHint);
    }
    push(new Global(name));
  };
  const readStorage = () => {
    const id = pop();
    const [kind, type, key, , numel] = (Array.isArray(id) ? id : []) as Item[];
    const dtype =
      type instanceof Global && type.name.startsWith("torch.")
        ? dtypeOfStorage(type.name.slice(6))
        : undefined;
    if (kind !== "storage" || typeof key !== "string" || !isCount(numel) || dtype === undefined) {
      return refuse("a reference to a storage cannot be read", refusedHint);
    }
    push(new Storage({ key, dtype, numel }));
  };
  const reduce = () => {
    const args = pop() as Item[];
    const callee = pop();
    if (!(callee instanceof Global) || !Array.isArray(args)) {
      return refuse("it calls something that is not a function", refusedHint);
    }
    if (callee.name === orderedDictName && args.length === 0) return push(new Map());
    if (callee.name === rebuildName) return push(rebuild(args));
    return refuse(`it calls ${callee.name} with ${args.length} arguments`, refusedHint);
  };
  const rebuild = (args: readonly Item[]): TorchTensor => {
    const [storage, offset, shape, strides] = args;
    if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides))
      return refuse("a tensor cannot be read");
    if (shape.length > mostRank || strides.length !== shape.length)
      return refuse(`a tensor has ${shape.length} sizes and ${strides.length} strides`);
    if (!isRowMajor(shape, strides))
      return refuse(
        `a tensor of shape [${shape.join(", ")}] has the strides [${strides.join(", ")}]`,
        "The studio reads tensors whose values lie row by row. Call .contiguous() before saving.",
      );
    const size = shape.reduce((product, count) => product * count, 1);
    if (offset + size > storage.reference.numel)
      return refuse(
        `a tensor of shape [${shape.join(", ")}] needs ${offset + size} values, its storage has ${storage.reference.numel}`,
      );
    return loadTensor(storage.reference, offset, shape);
  };
  const setItems = (items: readonly PickleValue[]) => {
    const dict = stack.at(-1);
    if (!(dict instanceof Map) || items.length % 2 !== 0) return refuse("a dictionary is broken");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key !== "string" && typeof key !== "number")
        return refuse("a dictionary has a key that is neither text nor a number");
      const value = items[i + 1] ?? null;
      if (!isValue(value)) return refuse("a dictionary holds a name");
      (dict as Map<PickleKey, PickleValue>).set(key, value);
    }
  };
  const append = (items: readonly PickleValue[]) => {
    const list = stack.at(-1);
    if (!Array.isArray(list)) return refuse("a list is broken");
    for (const item of items) list.push(isValue(item) ? item : refuse("a list holds a name"));
  };
  const pairOf = (): PickleValue[] => {
    const value = popValue();
    return [popValue(), value];
  };
  const tupleOf = (count: number) => {
    const items: Item[] = [];
    for (let i = 0; i < count; i += 1) items.unshift(pop());
    push(items as PickleValue[]);
  };

  for (;;) {
    const start = at;
    const code = byte();
    switch (code) {
      case 0x80: {
        const protocol = byte();
        if (protocol > 2) refuse(`it is a pickle of protocol ${protocol}; 2 is read`);
        break;
      }
      case 0x4e: // NONE
        push(null);
        break;
      case 0x88: // NEWTRUE
        push(true);
        break;
      case 0x89: // NEWFALSE
        push(false);
        break;
      case 0x4b: // BININT1
        push(byte());
        break;
      case 0x4d: // BININT2
        push(view.getUint16(take(2), true));
        break;
      case 0x4a: // BININT
        push(view.getInt32(take(4), true));
        break;
      case 0x8a: // LONG1
        push(readLong());
        break;
      case 0x47: // BINFLOAT
        push(view.getFloat64(take(8)));
        break;
      case 0x58: // BINUNICODE
        push(text(uint32()));
        break;
      case 0x7d: // EMPTY_DICT
        push(new Map());
        break;
      case 0x5d: // EMPTY_LIST
        push([]);
        break;
      case 0x29: // EMPTY_TUPLE
        push([]);
        break;
      case 0x28: // MARK
        push(new Mark());
        break;
      case 0x74: // TUPLE
        push(toMark());
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        tupleOf(code - 0x84);
        break;
      case 0x61: // APPEND
        append([popValue()]);
        break;
      case 0x65: // APPENDS
        append(toMark());
        break;
      case 0x73: // SETITEM
        setItems(pairOf());
        break;
      case 0x75: // SETITEMS
        setItems(toMark());
        break;
      case 0x71: // BINPUT
        remember(byte());
        break;
      case 0x72: // LONG_BINPUT
        remember(uint32());
        break;
      case 0x68: // BINGET
        recall(byte());
        break;
      case 0x6a: // LONG_BINGET
        recall(uint32());
        break;
      case 0x63: // GLOBAL
        readGlobal();
        break;
      case 0x51: // BINPERSID
        readStorage();
        break;
      case 0x52: // REDUCE
        reduce();
        break;
      case 0x2e: {
        // STOP
        const result = popValue();
        if (stack.length > 0 || at !== bytes.length) refuse("bytes or values are left over");
        return result;
      }
      default:
        at = start;
        refuse(`it uses the pickle opcode ${opcodeName(code)}, which is not allowed`, refusedHint);
    }
  }

  function readLong(): number {
    const length = byte();
    if (length > 8) refuse(`a whole number has ${length} bytes`);
    const start = take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(bytes[start + i] ?? 0);
    const number = Number(length === 0 ? 0n : BigInt.asIntN(8 * length, value));
    return Number.isSafeInteger(number) ? number : refuse(`the whole number ${value} is too large`);
  }
}

const rebuildName = "torch._utils._rebuild_tensor_v2";
const orderedDictName = "collections.OrderedDict";

const isValue = (item: Item): item is PickleValue =>
  !(item instanceof Global || item instanceof Storage || item instanceof Mark);
const isCount = (item: unknown): item is number => Number.isSafeInteger(item) && Number(item) >= 0;
const isCounts = (item: unknown): item is number[] => Array.isArray(item) && item.every(isCount);

/** True where values lie row by row; sizes of 1 may have any stride, as in torch. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const size = shape[axis] ?? 0;
    if (size === 0) return true;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

/** Python's names of the opcodes that are refused. */
const refusedOpcodes: Readonly<Record<number, string>> = {
  48: "POP",
  49: "POP_MARK",
  50: "DUP",
  66: "BINBYTES",
  67: "SHORT_BINBYTES",
  70: "FLOAT",
  73: "INT",
  76: "LONG",
  80: "PERSID",
  83: "STRING",
  84: "BINSTRING",
  85: "SHORT_BINSTRING",
  86: "UNICODE",
  98: "BUILD",
  100: "DICT",
  103: "GET",
  105: "INST",
  108: "LIST",
  111: "OBJ",
  112: "PUT",
  129: "NEWOBJ",
  130: "EXT1",
  131: "EXT2",
  132: "EXT4",
  139: "LONG4",
  140: "SHORT_BINUNICODE",
  141: "BINUNICODE8",
  142: "BINBYTES8",
  143: "EMPTY_SET",
  144: "ADDITEMS",
  145: "FROZENSET",
  146: "NEWOBJ_EX",
  147: "STACK_GLOBAL",
  148: "MEMOIZE",
  149: "FRAME",
  150: "BYTEARRAY8",
  151: "NEXT_BUFFER",
  152: "READONLY_BUFFER",
};

function opcodeName(code: number): string {
  const hexadecimal = `0x${code.toString(16).padStart(2, "0")}`;
  const name = refusedOpcodes[code];
  return name === undefined ? hexadecimal : `${name} (${hexadecimal})`;
}
