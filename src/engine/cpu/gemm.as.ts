// Matrix products: C = op(A) · op(B), then bias, activation and residual. After Goto and van de Geijn (2008): B is packed once in
// panels of 8 columns, A block by block in panels of 6 rows, and 6 x 8 results stay in registers while K passes by.
// Strides are in elements, so that a transposed operand is the same matrix with its strides swapped; one of the two is 1.
// Each result is summed over K in one order, whatever the split of the work: any number of threads gives equal bits.
import { multiplyAdd, threadScratch } from "./simd.as";

const panelRows: i32 = 6;
const panelColumns: i32 = 8;
/** K is taken in blocks of this many: a panel of B is then 8 KiB and stays in the first cache. */
const depthBlock: i32 = 256;

/**
 * Packs B `[k, n]` for `multiply`. `packed` holds `k * 8 * ceil(n / 8)` floats: block of K, panel, row of K, 8 columns, the last
 * panel filled up with zeros. The range runs over panels.
 */
export function packColumns(
  b: usize,
  strideK: i32,
  strideN: i32,
  k: i32,
  n: i32,
  packed: usize,
  start: i32,
  end: i32,
): void {
  const panels = panelsOf(n);
  for (let k0 = 0; k0 < k; k0 += depthBlock) {
    const depth = min(depthBlock, k - k0);
    const block = packed + bytes(k0 * panels * panelColumns);
    for (let panel = start; panel < end; panel++) {
      const source = b + bytes(k0 * strideK + panel * panelColumns * strideN);
      const columns = min(panelColumns, n - panel * panelColumns);
      packPanel8(
        source,
        strideK,
        strideN,
        depth,
        columns,
        block + bytes(panel * depth * panelColumns),
      );
    }
  }
}

/**
 * C `[m, n]` with `rowStride` from A `[m, k]` and packed B. The range runs over tiles of `tileRows` x `tilePanels` panels, columns
 * of tiles first; `tileRows` is a multiple of 6 and at most 96. An address of 0 means: no bias, no residual.
 */
export function multiply(
  a: usize,
  strideM: i32,
  strideK: i32,
  packed: usize,
  c: usize,
  rowStride: i32,
  m: i32,
  n: i32,
  k: i32,
  tileRows: i32,
  tilePanels: i32,
  bias: usize,
  activation: i32,
  residual: usize,
  start: i32,
  end: i32,
): void {
  const panels = panelsOf(n);
  const tilesAcross = (panels + tilePanels - 1) / tilePanels;
  const packedA = threadScratch();
  for (let tile = start; tile < end; tile++) {
    const row = (tile / tilesAcross) * tileRows;
    const rows = min(tileRows, m - row);
    const firstPanel = (tile % tilesAcross) * tilePanels;
    const lastPanel = min(panels, firstPanel + tilePanels);
    for (let k0 = 0; k0 < k; k0 += depthBlock) {
      const depth = min(depthBlock, k - k0);
      packRows(a + bytes(row * strideM + k0 * strideK), strideM, strideK, depth, rows, packedA);
      const block = packed + bytes(k0 * panels * panelColumns);
      for (let panel = firstPanel; panel < lastPanel; panel++) {
        const b = block + bytes(panel * depth * panelColumns);
        const columns = min(panelColumns, n - panel * panelColumns);
        const corner = c + bytes(row * rowStride + panel * panelColumns);
        multiplyPanel(packedA, b, corner, rowStride, depth, rows, columns, k0 > 0);
      }
    }
    if (bias === 0 && activation === 0 && residual === 0) continue;
    const column = firstPanel * panelColumns;
    const columns = min(lastPanel * panelColumns, n) - column;
    const at = bytes(row * rowStride + column);
    finish(
      c + at,
      rowStride,
      rows,
      columns,
      bias === 0 ? 0 : bias + bytes(column),
      activation,
      residual === 0 ? 0 : residual + at,
    );
  }
}

/**
 * Products of many small matrices: C_i `[m, n]` = A_i `[m, k]` · B_i `[k, n]`, matrix i at `i * batchStride` elements. Each is
 * computed by one thread, which packs both operands in its own memory. The range runs over matrices.
 */
export function multiplyBatch(
  a: usize,
  batchStrideA: i32,
  strideM: i32,
  strideKA: i32,
  b: usize,
  batchStrideB: i32,
  strideKB: i32,
  strideN: i32,
  c: usize,
  m: i32,
  n: i32,
  k: i32,
  start: i32,
  end: i32,
): void {
  const packedA = threadScratch();
  const packedB = packedA + batchRows * depthBlock * 4;
  for (let i = start; i < end; i++) {
    const ai = a + ((<usize>i * <usize>batchStrideA) << 2);
    const bi = b + ((<usize>i * <usize>batchStrideB) << 2);
    const ci = c + ((<usize>i * <usize>m * <usize>n) << 2);
    for (let n0 = 0; n0 < n; n0 += batchColumns) {
      const across = min(batchColumns, n - n0);
      for (let k0 = 0; k0 < k; k0 += depthBlock) {
        const depth = min(depthBlock, k - k0);
        for (let j = 0; j < across; j += panelColumns) {
          const source = bi + bytes(k0 * strideKB + (n0 + j) * strideN);
          packPanel8(
            source,
            strideKB,
            strideN,
            depth,
            min(panelColumns, across - j),
            packedB + bytes(j * depth),
          );
        }
        for (let m0 = 0; m0 < m; m0 += batchRows) {
          const rows = min(batchRows, m - m0);
          packRows(
            ai + bytes(m0 * strideM + k0 * strideKA),
            strideM,
            strideKA,
            depth,
            rows,
            packedA,
          );
          for (let j = 0; j < across; j += panelColumns) {
            const corner = ci + bytes(m0 * n + n0 + j);
            const columns = min(panelColumns, across - j);
            multiplyPanel(
              packedA,
              packedB + bytes(j * depth),
              corner,
              n,
              depth,
              rows,
              columns,
              k0 > 0,
            );
          }
        }
      }
    }
  }
}

/** Blocks of `multiplyBatch`: 96 x 256 of A and 256 x 128 of B are 224 KiB. */
const batchRows: i32 = 96;
const batchColumns: i32 = 128;

function bytes(elements: i32): usize {
  return (<usize>elements) << 2;
}

function panelsOf(n: i32): i32 {
  return (n + panelColumns - 1) / panelColumns;
}

/** Rows of A in panels of 6: panel, row of K, 6 values; the last panel is filled up with zeros. */
function packRows(
  source: usize,
  strideM: i32,
  strideK: i32,
  depth: i32,
  rows: i32,
  target: usize,
): void {
  for (let i = 0; i < rows; i += panelRows) {
    const count = min(panelRows, rows - i);
    const from = source + bytes(i * strideM);
    if (count < panelRows) packEdge(from, strideM, strideK, depth, count, panelRows, target);
    else if (strideK === 1) turnSixRows(from, bytes(strideM), depth, target);
    else if (strideM === 1) copySix(from, bytes(strideK), depth, target);
    else packEdge(from, strideM, strideK, depth, panelRows, panelRows, target);
    target += bytes(panelRows * depth);
  }
}

/** One panel of B: row of K, 8 values. */
function packPanel8(
  source: usize,
  strideK: i32,
  strideN: i32,
  depth: i32,
  columns: i32,
  target: usize,
): void {
  if (columns < panelColumns)
    packEdge(source, strideN, strideK, depth, columns, panelColumns, target);
  else if (strideN === 1) copyEight(source, bytes(strideK), depth, target);
  else if (strideK === 1) turnEightRows(source, bytes(strideN), depth, target);
  else packEdge(source, strideN, strideK, depth, columns, panelColumns, target);
}

/** `count` values `stride` apart, then zeros up to `width`, for each of `depth` places `strideK` apart. */
function packEdge(
  source: usize,
  stride: i32,
  strideK: i32,
  depth: i32,
  count: i32,
  width: i32,
  target: usize,
): void {
  for (let k = 0; k < depth; k++) {
    const from = source + bytes(k * strideK);
    for (let i = 0; i < width; i++) {
      store<f32>(target, i < count ? load<f32>(from + bytes(i * stride)) : 0);
      target += 4;
    }
  }
}

function copySix(source: usize, stride: usize, depth: i32, target: usize): void {
  for (let k = 0; k < depth; k++) {
    v128.store(target, v128.load(source));
    store<u64>(target, load<u64>(source, 16), 16);
    source += stride;
    target += 24;
  }
}

function copyEight(source: usize, stride: usize, depth: i32, target: usize): void {
  for (let k = 0; k < depth; k++) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
    source += stride;
    target += 32;
  }
}

/** Six rows, each along K, become K groups of six. */
function turnSixRows(source: usize, stride: usize, depth: i32, target: usize): void {
  const s1 = source + stride;
  const s2 = s1 + stride;
  const s3 = s2 + stride;
  const s4 = s3 + stride;
  const s5 = s4 + stride;
  let k: usize = 0;
  const whole = (<usize>(depth & ~3)) << 2;
  for (; k < whole; k += 16) {
    const r0 = v128.load(source + k);
    const r1 = v128.load(s1 + k);
    const r2 = v128.load(s2 + k);
    const r3 = v128.load(s3 + k);
    const r4 = v128.load(s4 + k);
    const r5 = v128.load(s5 + k);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    const low45 = v128.shuffle<f32>(r4, r5, 0, 4, 1, 5);
    const high45 = v128.shuffle<f32>(r4, r5, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store64_lane(target, low45, 0, 16);
    v128.store(target, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 24);
    v128.store64_lane(target, low45, 1, 40);
    v128.store(target, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 48);
    v128.store64_lane(target, high45, 0, 64);
    v128.store(target, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 72);
    v128.store64_lane(target, high45, 1, 88);
    target += 96;
  }
  const all = (<usize>depth) << 2;
  for (; k < all; k += 4) {
    store<f32>(target, load<f32>(source + k));
    store<f32>(target, load<f32>(s1 + k), 4);
    store<f32>(target, load<f32>(s2 + k), 8);
    store<f32>(target, load<f32>(s3 + k), 12);
    store<f32>(target, load<f32>(s4 + k), 16);
    store<f32>(target, load<f32>(s5 + k), 20);
    target += 24;
  }
}

/** Eight rows, each along K, become K groups of eight. */
function turnEightRows(source: usize, stride: usize, depth: i32, target: usize): void {
  turnFourRows(source, stride, depth, target);
  turnFourRows(source + 4 * stride, stride, depth, target + 16);
}

/** Four rows, each along K, become K groups of four, 32 bytes apart. */
function turnFourRows(source: usize, stride: usize, depth: i32, target: usize): void {
  const s1 = source + stride;
  const s2 = s1 + stride;
  const s3 = s2 + stride;
  let k: usize = 0;
  const whole = (<usize>(depth & ~3)) << 2;
  for (; k < whole; k += 16) {
    const r0 = v128.load(source + k);
    const r1 = v128.load(s1 + k);
    const r2 = v128.load(s2 + k);
    const r3 = v128.load(s3 + k);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(target, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 32);
    v128.store(target, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 64);
    v128.store(target, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 96);
    target += 128;
  }
  const all = (<usize>depth) << 2;
  for (; k < all; k += 4) {
    store<f32>(target, load<f32>(source + k));
    store<f32>(target, load<f32>(s1 + k), 4);
    store<f32>(target, load<f32>(s2 + k), 8);
    store<f32>(target, load<f32>(s3 + k), 12);
    target += 32;
  }
}

/** All rows of a block of A times one panel of B. `adds`: C holds the sum over the blocks of K before. */
function multiplyPanel(
  packedA: usize,
  b: usize,
  c: usize,
  rowStride: i32,
  depth: i32,
  rows: i32,
  columns: i32,
  adds: bool,
): void {
  const edge = threadScratch() + edgeOffset;
  for (let i = 0; i < rows; i += panelRows) {
    const count = min(panelRows, rows - i);
    const corner = c + bytes(i * rowStride);
    if (count === panelRows && columns === panelColumns) {
      multiplyTile(packedA, b, corner, bytes(rowStride), depth, adds);
    } else {
      if (adds) copyTile(corner, bytes(rowStride), edge, 32, count, columns);
      multiplyTile(packedA, b, edge, 32, depth, adds);
      copyTile(edge, 32, corner, bytes(rowStride), count, columns);
    }
    packedA += bytes(panelRows * depth);
  }
}

/** Where the thread's memory holds a whole tile of which only a part is wanted. */
const edgeOffset: usize = 255 * 1024;

function copyTile(
  source: usize,
  sourceStride: usize,
  target: usize,
  targetStride: usize,
  rows: i32,
  columns: i32,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) store<f32>(target + bytes(j), load<f32>(source + bytes(j)));
    source += sourceStride;
    target += targetStride;
  }
}

/** The inner loop: 6 x 8 sums in twelve vectors. */
function multiplyTile(a: usize, b: usize, c: usize, stride: usize, depth: i32, adds: bool): void {
  const row1 = c + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  const row4 = row3 + stride;
  const row5 = row4 + stride;
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let c40 = c00;
  let c41 = c00;
  let c50 = c00;
  let c51 = c00;
  if (adds) {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(row1);
    c11 = v128.load(row1, 16);
    c20 = v128.load(row2);
    c21 = v128.load(row2, 16);
    c30 = v128.load(row3);
    c31 = v128.load(row3, 16);
    c40 = v128.load(row4);
    c41 = v128.load(row4, 16);
    c50 = v128.load(row5);
    c51 = v128.load(row5, 16);
  }
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = multiplyAdd(a0, b0, c00);
    c01 = multiplyAdd(a0, b1, c01);
    const a1 = v128.load32_splat(a, 4);
    c10 = multiplyAdd(a1, b0, c10);
    c11 = multiplyAdd(a1, b1, c11);
    const a2 = v128.load32_splat(a, 8);
    c20 = multiplyAdd(a2, b0, c20);
    c21 = multiplyAdd(a2, b1, c21);
    const a3 = v128.load32_splat(a, 12);
    c30 = multiplyAdd(a3, b0, c30);
    c31 = multiplyAdd(a3, b1, c31);
    const a4 = v128.load32_splat(a, 16);
    c40 = multiplyAdd(a4, b0, c40);
    c41 = multiplyAdd(a4, b1, c41);
    const a5 = v128.load32_splat(a, 20);
    c50 = multiplyAdd(a5, b0, c50);
    c51 = multiplyAdd(a5, b1, c51);
    a += 24;
    b += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(row1, c10);
  v128.store(row1, c11, 16);
  v128.store(row2, c20);
  v128.store(row2, c21, 16);
  v128.store(row3, c30);
  v128.store(row3, c31, 16);
  v128.store(row4, c40);
  v128.store(row4, c41, 16);
  v128.store(row5, c50);
  v128.store(row5, c51, 16);
}

/** Adds the bias, applies the activation (0 none, 1 relu), adds the residual, in place. */
function finish(
  c: usize,
  rowStride: i32,
  rows: i32,
  columns: i32,
  bias: usize,
  activation: i32,
  residual: usize,
): void {
  const zero = f32x4.splat(0);
  const whole = bytes(columns & ~3);
  const all = bytes(columns);
  for (let i = 0; i < rows; i++) {
    let at: usize = 0;
    for (; at < whole; at += 16) {
      let x = v128.load(c + at);
      if (bias !== 0) x = f32x4.add(x, v128.load(bias + at));
      if (activation === 1) x = f32x4.max(x, zero);
      if (residual !== 0) x = f32x4.add(x, v128.load(residual + at));
      v128.store(c + at, x);
    }
    for (; at < all; at += 4) {
      let x = load<f32>(c + at);
      if (bias !== 0) x += load<f32>(bias + at);
      if (activation === 1) x = max(x, 0);
      if (residual !== 0) x += load<f32>(residual + at);
      store<f32>(c + at, x);
    }
    c += bytes(rowStride);
    if (residual !== 0) residual += bytes(rowStride);
  }
}

/** The sum over the rows of x `[rows, width]` to `[width]`, from the first row to the last. The range runs over columns. */
export function sumRows(x: usize, rows: i32, width: i32, sums: usize, start: i32, end: i32): void {
  let column = start;
  for (; column + 8 <= end; column += 8) {
    let low = f32x4.splat(0);
    let high = low;
    let from = x + bytes(column);
    for (let row = 0; row < rows; row++) {
      low = f32x4.add(low, v128.load(from));
      high = f32x4.add(high, v128.load(from, 16));
      from += bytes(width);
    }
    v128.store(sums + bytes(column), low);
    v128.store(sums + bytes(column), high, 16);
  }
  for (; column < end; column++) {
    let sum: f32 = 0;
    let from = x + bytes(column);
    for (let row = 0; row < rows; row++) {
      sum += load<f32>(from);
      from += bytes(width);
    }
    store<f32>(sums + bytes(column), sum);
  }
}
