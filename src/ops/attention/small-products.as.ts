// Products of the small matrices inside attention, in place: nothing is packed, because each is used once or twice. Rows of the
// result are taken six at a time, columns eight at a time: twelve vectors of sums stay in registers. AssemblyScript.
// Strides are in bytes. `n` is a multiple of 8.
import { multiplyAdd } from "../../engine/cpu/simd.as";

/** C `[m, n]` = A `[m, depth]` · B `[depth, n]`, or C + A · B where `adds`. */
export function multiplyRows(
  a: usize,
  strideA: usize,
  b: usize,
  strideB: usize,
  c: usize,
  strideC: usize,
  m: i32,
  n: i32,
  depth: i32,
  adds: bool,
): void {
  for (let i = 0; i < m; i += 6) {
    // Past the last row a tile computes that row again: the same sums go to the same place.
    const left = m - 1 - i;
    const s1 = <usize>min(1, left);
    const s2 = <usize>min(2, left);
    const s3 = <usize>min(3, left);
    const s4 = <usize>min(4, left);
    const s5 = <usize>min(5, left);
    const ai = a + <usize>i * strideA;
    const ci = c + <usize>i * strideC;
    for (let j: usize = 0; j < (<usize>n) << 2; j += 32) {
      tileOfRows(
        ai,
        s1 * strideA,
        s2 * strideA,
        s3 * strideA,
        s4 * strideA,
        s5 * strideA,
        b + j,
        strideB,
        ci + j,
        s1 * strideC,
        s2 * strideC,
        s3 * strideC,
        s4 * strideC,
        s5 * strideC,
        depth,
        adds,
      );
    }
  }
}

/**
 * C `[m, n]` = C + Aᵀ · B with A `[depth, m]` and B `[depth, n]`. `m` is rounded up to a multiple of 6: A has these columns
 * and C these rows.
 */
export function addTransposed(
  a: usize,
  strideA: usize,
  b: usize,
  strideB: usize,
  c: usize,
  strideC: usize,
  m: i32,
  n: i32,
  depth: i32,
): void {
  for (let i = 0; i < m; i += 6) {
    const ci = c + <usize>i * strideC;
    for (let j: usize = 0; j < (<usize>n) << 2; j += 32) {
      tileOfColumns(a + ((<usize>i) << 2), strideA, b + j, strideB, ci + j, strideC, depth);
    }
  }
}

function tileOfRows(
  a: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  a4: usize,
  a5: usize,
  b: usize,
  strideB: usize,
  c: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  c4: usize,
  c5: usize,
  depth: i32,
  adds: bool,
): void {
  let x0 = f32x4.splat(0);
  let y0 = x0;
  let x1 = x0;
  let y1 = x0;
  let x2 = x0;
  let y2 = x0;
  let x3 = x0;
  let y3 = x0;
  let x4 = x0;
  let y4 = x0;
  let x5 = x0;
  let y5 = x0;
  if (adds) {
    x0 = v128.load(c);
    y0 = v128.load(c, 16);
    x1 = v128.load(c + c1);
    y1 = v128.load(c + c1, 16);
    x2 = v128.load(c + c2);
    y2 = v128.load(c + c2, 16);
    x3 = v128.load(c + c3);
    y3 = v128.load(c + c3, 16);
    x4 = v128.load(c + c4);
    y4 = v128.load(c + c4, 16);
    x5 = v128.load(c + c5);
    y5 = v128.load(c + c5, 16);
  }
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    x0 = multiplyAdd(s, b0, x0);
    y0 = multiplyAdd(s, b1, y0);
    s = v128.load32_splat(a + a1);
    x1 = multiplyAdd(s, b0, x1);
    y1 = multiplyAdd(s, b1, y1);
    s = v128.load32_splat(a + a2);
    x2 = multiplyAdd(s, b0, x2);
    y2 = multiplyAdd(s, b1, y2);
    s = v128.load32_splat(a + a3);
    x3 = multiplyAdd(s, b0, x3);
    y3 = multiplyAdd(s, b1, y3);
    s = v128.load32_splat(a + a4);
    x4 = multiplyAdd(s, b0, x4);
    y4 = multiplyAdd(s, b1, y4);
    s = v128.load32_splat(a + a5);
    x5 = multiplyAdd(s, b0, x5);
    y5 = multiplyAdd(s, b1, y5);
    a += 4;
    b += strideB;
  }
  v128.store(c, x0);
  v128.store(c, y0, 16);
  v128.store(c + c1, x1);
  v128.store(c + c1, y1, 16);
  v128.store(c + c2, x2);
  v128.store(c + c2, y2, 16);
  v128.store(c + c3, x3);
  v128.store(c + c3, y3, 16);
  v128.store(c + c4, x4);
  v128.store(c + c4, y4, 16);
  v128.store(c + c5, x5);
  v128.store(c + c5, y5, 16);
}

function tileOfColumns(
  a: usize,
  strideA: usize,
  b: usize,
  strideB: usize,
  c: usize,
  strideC: usize,
  depth: i32,
): void {
  const row1 = c + strideC;
  const row2 = row1 + strideC;
  const row3 = row2 + strideC;
  const row4 = row3 + strideC;
  const row5 = row4 + strideC;
  let x0 = v128.load(c);
  let y0 = v128.load(c, 16);
  let x1 = v128.load(row1);
  let y1 = v128.load(row1, 16);
  let x2 = v128.load(row2);
  let y2 = v128.load(row2, 16);
  let x3 = v128.load(row3);
  let y3 = v128.load(row3, 16);
  let x4 = v128.load(row4);
  let y4 = v128.load(row4, 16);
  let x5 = v128.load(row5);
  let y5 = v128.load(row5, 16);
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    x0 = multiplyAdd(s, b0, x0);
    y0 = multiplyAdd(s, b1, y0);
    s = v128.load32_splat(a, 4);
    x1 = multiplyAdd(s, b0, x1);
    y1 = multiplyAdd(s, b1, y1);
    s = v128.load32_splat(a, 8);
    x2 = multiplyAdd(s, b0, x2);
    y2 = multiplyAdd(s, b1, y2);
    s = v128.load32_splat(a, 12);
    x3 = multiplyAdd(s, b0, x3);
    y3 = multiplyAdd(s, b1, y3);
    s = v128.load32_splat(a, 16);
    x4 = multiplyAdd(s, b0, x4);
    y4 = multiplyAdd(s, b1, y4);
    s = v128.load32_splat(a, 20);
    x5 = multiplyAdd(s, b0, x5);
    y5 = multiplyAdd(s, b1, y5);
    a += strideA;
    b += strideB;
  }
  v128.store(c, x0);
  v128.store(c, y0, 16);
  v128.store(row1, x1);
  v128.store(row1, y1, 16);
  v128.store(row2, x2);
  v128.store(row2, y2, 16);
  v128.store(row3, x3);
  v128.store(row3, y3, 16);
  v128.store(row4, x4);
  v128.store(row4, y4, 16);
  v128.store(row5, x5);
  v128.store(row5, y5, 16);
}
