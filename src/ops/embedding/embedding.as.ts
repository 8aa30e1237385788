// Rows of a table by their ids, and the table's gradient. AssemblyScript.
import { bytes } from "../../engine/cpu/math.as";

/** `out` `[rows, width]`; zeros for an id that the table has not. The range runs over rows of `out`. */
export function gatherRows(
  table: usize,
  ids: usize,
  out: usize,
  vocabulary: i32,
  width: i32,
  start: i32,
  end: i32,
): void {
  const size = bytes(width);
  for (let row = start; row < end; row++) {
    const id = load<i32>(ids + bytes(row));
    const to = out + <usize>row * size;
    if (<u32>id < <u32>vocabulary) memory.copy(to, table + <usize>id * size, size);
    else memory.fill(to, 0, size);
  }
}

/**
 * `dTable` `[vocabulary, width]`: row i is the sum of the rows of dy whose id is i, in their order. The range runs over rows of the
 * table, so that no two threads add to one row.
 */
export function scatterRows(
  dy: usize,
  ids: usize,
  rows: i32,
  dTable: usize,
  width: i32,
  start: i32,
  end: i32,
): void {
  const size = bytes(width);
  memory.fill(dTable + <usize>start * size, 0, <usize>(end - start) * size);
  const whole = bytes(width & ~3);
  for (let row = 0; row < rows; row++) {
    const id = load<i32>(ids + bytes(row));
    if (id < start || id >= end) continue;
    const from = dy + <usize>row * size;
    const to = dTable + <usize>id * size;
    let at: usize = 0;
    for (; at < whole; at += 16) {
      v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
    }
    for (; at < size; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(from + at));
  }
}
