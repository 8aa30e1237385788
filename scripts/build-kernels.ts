// Compiles the CPU kernels (src/**/*.as.ts, AssemblyScript) to WebAssembly, in the variants that the engine chooses from.
// Does nothing where the compiled files are newer than the sources. Vite and Vitest call it before they start.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../", import.meta.url));
const compiler = join(root, "node_modules/assemblyscript/bin/asc.js");
const entry = "src/ops/kernels.as.ts";
const outFolder = join(root, "src/engine/cpu/compiled");

const variants = [
  { name: "simd", flags: [] },
  { name: "relaxed-simd", flags: ["--enable", "relaxed-simd"] },
  { name: "threads-simd", flags: shared() },
  { name: "threads-relaxed-simd", flags: ["--enable", "relaxed-simd", ...shared()] },
] as const;

/** The threaded back end's memory is shared and declared with the most that 32 bits address. */
function shared() {
  return [
    "--enable",
    "threads",
    "--sharedMemory",
    "--initialMemory",
    "1",
    "--maximumMemory",
    "65536",
  ];
}

/** Compiles what is out of date. */
export async function buildKernels(): Promise<void> {
  const newest = Math.max(...sources().map((path) => statSync(path).mtimeMs));
  const isCurrent = variants.every(({ name }) => {
    const path = join(outFolder, `${name}.wasm`);
    return existsSync(path) && statSync(path).mtimeMs > newest;
  });
  if (isCurrent) return;
  mkdirSync(outFolder, { recursive: true });
  await Promise.all(variants.map(({ name, flags }) => compile(name, flags)));
}

async function compile(name: string, flags: readonly string[]): Promise<void> {
  // Another process may compile the same files: each write is one rename.
  const temporary = join(outFolder, `${name}.${process.pid}.tmp`);
  const args = [
    compiler,
    ...[entry, "--baseDir", root, "--outFile", temporary, "--disableWarning", "112"],
    ...["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--enable", "simd"],
    ...flags,
  ];
  // A process of its own, because the compiler is one file of 10 MB that nothing should transform first.
  await promisify(execFile)(process.execPath, args, { cwd: root });
  refuseStaticData(readFileSync(temporary));
  renameSync(temporary, join(outFolder, `${name}.wasm`));
}

function sources(): string[] {
  return readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".as.ts"))
    .map((name) => join(root, "src", name));
}

/** The memory is tfjs's own: data that a module writes into it at its start would overwrite tfjs's. */
function refuseStaticData(binary: Uint8Array<ArrayBuffer>): void {
  const dataSection = 11;
  for (let at = 8; at < binary.length; ) {
    if (binary[at] === dataSection) {
      throw new Error("A kernel has static data (a string, an array or an error message).");
    }
    let length = 0;
    let shift = 0;
    let byte: number;
    do {
      at += 1;
      byte = binary[at] ?? 0;
      length |= (byte & 127) << shift;
      shift += 7;
    } while (byte > 127);
    at += 1 + length;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await buildKernels();
