// CRC-32 of zip files (polynomial 0xEDB88320), four bytes at a time.

const tables = makeTables();

function makeTables(): readonly Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc >>> 0;
  });
  const all = [first];
  for (let table = 1; table < 4; table += 1) {
    const before = all[table - 1] ?? first;
    all.push(before.map((crc) => ((crc >>> 8) ^ (first[crc & 255] ?? 0)) >>> 0));
  }
  return all;
}

/** The checksum of `bytes`, from 0 to 2^32 - 1. */
export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const at = (table: Uint32Array, index: number) => table[index & 255] as number;
  let crc = 0xffffffff;
  const fourfold = bytes.length - (bytes.length % 4);
  let i = 0;
  for (; i < fourfold; i += 4) {
    crc ^=
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    crc = at(t3, crc) ^ at(t2, crc >>> 8) ^ at(t1, crc >>> 16) ^ at(t0, crc >>> 24);
  }
  for (; i < bytes.length; i += 1) crc = at(t0, crc ^ (bytes[i] as number)) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
