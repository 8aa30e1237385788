// Writes pickles of protocol 2, opcode for opcode as Python's pickler does for torch.save. Tensors become references to storages.
import {
  type PickleInput,
  type PickleKey,
  type PickleTuple,
  storageOfDtype,
  TorchTensor,
} from "./pickle-values.ts";

// As Python's pickler: longer lists and dictionaries are filled in several goes.
const batchSize = 1000;

/** The pickle of a value, and the tensors that it refers to: the n-th is the storage named `n`. */
export function writePickle(value: PickleInput): {
  pickle: Uint8Array<ArrayBuffer>;
  storages: readonly TorchTensor[];
} {
  const out = createBytes();
  const storages: TorchTensor[] = [];
  const memo = new Map<string, number>();
  let memoSize = 0;

  const op = (code: string) => out.byte(code.charCodeAt(0));
  const put = () => {
    indexed("q", "r", memoSize);
    memoSize += 1;
  };
  const indexed = (short: string, long: string, index: number) => {
    if (index < 256) {
      op(short);
      out.byte(index);
    } else {
      op(long);
      out.uint32(index);
    }
  };
  /** Writes something once and refers to it afterwards. */
  const once = (key: string, write: () => void) => {
    const known = memo.get(key);
    if (known !== undefined) {
      indexed("h", "j", known);
      return;
    }
    write();
    memo.set(key, memoSize);
    put();
  };
  const text = (words: string) =>
    once(`text ${words}`, () => {
      const utf8 = new TextEncoder().encode(words);
      op("X");
      out.uint32(utf8.length);
      out.bytes(utf8);
    });
  const global = (module: string, name: string) =>
    once(`global ${module} ${name}`, () => out.text(`c${module}\n${name}\n`));
  const int = (number: number) => {
    if (number >= 0 && number < 256) {
      op("K");
      out.byte(number);
    } else if (number >= 0 && number < 65536) {
      op("M");
      out.uint16(number);
    } else if (number >= -(2 ** 31) && number < 2 ** 31) {
      op("J");
      out.uint32(number >>> 0);
    } else out.long(number);
  };
  const float = (number: number) => {
    op("G");
    out.float64BigEndian(number);
  };
  const tuple = (items: readonly PickleInput[]) => {
    if (items.length === 0) {
      op(")");
      return;
    }
    if (items.length > 3) op("(");
    items.forEach(write);
    if (items.length > 3) op("t");
    else out.byte(0x84 + items.length);
    put();
  };
  const filled = <Item>(
    items: readonly Item[],
    writeItem: (item: Item) => void,
    one: string,
    many: string,
  ) => {
    put();
    for (let start = 0; start < items.length; start += batchSize) {
      const batch = items.slice(start, start + batchSize);
      if (batch.length > 1) op("(");
      batch.forEach(writeItem);
      op(batch.length > 1 ? many : one);
    }
  };
  const list = (items: readonly PickleInput[]) => {
    op("]");
    filled(items, write, "a", "e");
  };
  const dict = (entries: ReadonlyMap<PickleKey, PickleInput>) => {
    op("}");
    const writeEntry = ([key, inner]: [PickleKey, PickleInput]) => {
      write(key);
      write(inner);
    };
    filled([...entries], writeEntry, "s", "u");
  };
  const tensor = (value: TorchTensor) => {
    global("torch._utils", "_rebuild_tensor_v2");
    op("(");
    op("(");
    text("storage");
    global("torch", storageOfDtype(value.dtype));
    text(String(storages.length));
    text("cpu");
    int(value.data.length);
    op("t");
    put();
    op("Q");
    storages.push(value);
    int(0);
    tuple(value.shape);
    tuple(rowMajorStrides(value.shape));
    write(false);
    global("collections", "OrderedDict");
    op(")");
    op("R");
    put();
    op("t");
    put();
    op("R");
    put();
  };
  const write = (value: PickleInput): void => {
    if (value === null) op("N");
    else if (typeof value === "boolean") out.byte(value ? 0x88 : 0x89);
    else if (typeof value === "number") (Number.isInteger(value) ? int : float)(value);
    else if (typeof value === "string") text(value);
    else if (value instanceof TorchTensor) tensor(value);
    else if (value instanceof Map) dict(value);
    else if (Array.isArray(value)) list(value);
    else if ("float" in value) float(value.float);
    else tuple((value as PickleTuple).tuple);
  };

  out.byte(0x80);
  out.byte(2);
  write(value);
  op(".");
  return { pickle: out.done(), storages };
}

function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) {
    strides[axis] = (strides[axis + 1] ?? 1) * Math.max(1, shape[axis + 1] ?? 1);
  }
  return strides;
}

function createBytes() {
  let buffer = new Uint8Array(4096);
  let length = 0;
  const room = (bytes: number): DataView => {
    if (length + bytes > buffer.length) {
      const larger = new Uint8Array(Math.max(buffer.length * 2, length + bytes));
      larger.set(buffer);
      buffer = larger;
    }
    return new DataView(buffer.buffer, length, bytes);
  };
  const append = (bytes: Uint8Array) => {
    room(bytes.length);
    buffer.set(bytes, length);
    length += bytes.length;
  };
  const advance = (bytes: number, fill: (view: DataView) => void) => {
    fill(room(bytes));
    length += bytes;
  };
  return {
    byte: (value: number) => advance(1, (view) => view.setUint8(0, value)),
    uint16: (value: number) => advance(2, (view) => view.setUint16(0, value, true)),
    uint32: (value: number) => advance(4, (view) => view.setUint32(0, value, true)),
    float64BigEndian: (value: number) => advance(8, (view) => view.setFloat64(0, value)),
    bytes: append,
    text: (words: string) => append(new TextEncoder().encode(words)),
    /** LONG1: a whole number above 31 bits, two's complement. */
    long(value: number) {
      append(Uint8Array.of(0x8a, 8));
      advance(8, (view) => view.setBigInt64(0, BigInt(value), true));
    },
    done: () => buffer.slice(0, length),
  };
}
