// The matrix product of gemm.as.ts: shares it out in tiles and finds working memory for the packed operand.
import type { CpuKernels } from "./cpu-kernels.ts";

/** A matrix in the heap. Strides are in elements: a transposed matrix is the same one with its strides swapped. */
export interface HeapMatrix {
  readonly address: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** What is done to the product before it leaves the cache, in this order. */
export interface Epilogue {
  /** Address of `[n]`. */
  readonly bias?: number;
  readonly activation?: "relu";
  /** Address of `[m, n]`. */
  readonly residual?: number;
}

const panelRows = 6;
const panelColumns = 8;
const leastTileRows = 24;
const mostTileRows = 96;
const mostTilesAcross = 8;
/** What it costs to read a panel of B and to pack a row of A, in rows and panels multiplied. Measured on x86-64. */
const readingRows = 5;
const packingPanels = 1.5;
/** B is packed in parts of at most this size. */
const packedLimit = 64 * 1024 ** 2;
/** Below this many multiplications a second thread costs more than it brings. */
const smallProduct = 100_000;

/** A row-major matrix with so many columns; `transposed` reads it as its transpose. */
export function heapMatrix(address: number, columns: number, transposed = false): HeapMatrix {
  return transposed
    ? { address, rowStride: 1, columnStride: columns }
    : { address, rowStride: columns, columnStride: 1 };
}

/** C `[m, n]`, row-major at `c`, = A `[m, k]` · B `[k, n]`, then the epilogue. */
export function gemm(
  kernels: CpuKernels,
  a: HeapMatrix,
  b: HeapMatrix,
  c: number,
  [m, n, k]: readonly [m: number, n: number, k: number],
  epilogue: Epilogue = {},
): void {
  const most = Math.max(
    panelColumns,
    Math.floor(packedLimit / 4 / k / panelColumns) * panelColumns,
  );
  for (let column = 0; column < n; column += most) {
    const at = column * 4;
    const { bias, residual, activation } = epilogue;
    multiplyColumns(
      kernels,
      a,
      { ...b, address: b.address + column * b.columnStride * 4 },
      { address: c + at, rowStride: n },
      [m, Math.min(most, n - column), k],
      [
        bias === undefined ? 0 : bias + at,
        activation === "relu" ? 1 : 0,
        residual === undefined ? 0 : residual + at,
      ],
    );
  }
}

function multiplyColumns(
  kernels: CpuKernels,
  a: HeapMatrix,
  b: HeapMatrix,
  c: { readonly address: number; readonly rowStride: number },
  [m, n, k]: readonly [m: number, n: number, k: number],
  epilogue: readonly [bias: number, activation: number, residual: number],
): void {
  const isSmall = kernels.threads === 1 || m * n * k < smallProduct;
  const panels = Math.ceil(n / panelColumns);
  const packed = kernels.scratch("gemm", k * panels * panelColumns * 4);
  const { tileRows, tilePanels, tiles } = chooseTiles(m, panels, isSmall ? 1 : kernels.threads);
  const packing = [b.address, b.rowStride, b.columnStride, k, n, packed];
  const product = [
    ...[a.address, a.rowStride, a.columnStride, packed, c.address, c.rowStride],
    ...[m, n, k, tileRows, tilePanels, ...epilogue],
  ];
  if (isSmall) {
    kernels.call("packColumns", ...packing, 0, panels);
    kernels.call("multiply", ...product, 0, tiles);
    return;
  }
  kernels.split("packColumns", packing, panels, Math.max(1, Math.ceil(8192 / k)));
  kernels.split("multiply", product, tiles, 1);
}

/**
 * The tiles with which the busiest thread has least to do. Besides its products a tile packs its rows of A and reads its panels of B
 * from a slower cache, which counts like so many more panels and rows.
 */
function chooseTiles(m: number, panels: number, threads: number) {
  let best = { tileRows: mostTileRows, tilePanels: panels, tiles: Math.ceil(m / mostTileRows) };
  if (threads === 1) return best;
  let least = Number.POSITIVE_INFINITY;
  for (let tileRows = mostTileRows; tileRows >= leastTileRows; tileRows -= panelRows) {
    const down = Math.ceil(m / tileRows);
    for (let across = 1; across <= Math.min(panels, mostTilesAcross); across++) {
      const tilePanels = Math.ceil(panels / across);
      const tiles = down * Math.ceil(panels / tilePanels);
      const work = (Math.min(m, tileRows) + readingRows) * (tilePanels + packingPanels);
      // A thread that comes late makes the others wait for a part of a tile.
      const longest = (Math.ceil(tiles / threads) + 0.25) * work;
      if (longest >= least) continue;
      least = longest;
      best = { tileRows, tilePanels, tiles };
    }
  }
  return best;
}

/** Many products of one shape: `[m, k]` · `[k, n]`, each on one thread. A batch stride of 0 takes the same matrix every time. */
export function gemmBatch(
  kernels: CpuKernels,
  a: HeapMatrix & { readonly batchStride: number },
  b: HeapMatrix & { readonly batchStride: number },
  c: number,
  batch: number,
  [m, n, k]: readonly [m: number, n: number, k: number],
): void {
  const args = [
    ...[a.address, a.batchStride, a.rowStride, a.columnStride],
    ...[b.address, b.batchStride, b.rowStride, b.columnStride],
    ...[c, m, n, k],
  ];
  kernels.split("multiplyBatch", args, batch, Math.max(1, Math.ceil(smallProduct / (m * n * k))));
}
