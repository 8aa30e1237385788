// A look into a stored file: JSON and other texts as they stand, a safetensors file as its table of tensors.
import { StudioError } from "../lib/errors.ts";
import { parseSafetensors } from "./safetensors.ts";

interface TensorLine {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

export type FilePreview =
  | {
      readonly kind: "text";
      readonly text: string /** The file goes on. */;
      readonly isCut: boolean;
    }
  | {
      readonly kind: "tensors";
      readonly tensors: readonly TensorLine[];
      readonly metadata: readonly (readonly [string, string])[];
    }
  /** A file that only other programs read. */
  | { readonly kind: "binary" };

const textEndings = /\.(json|jsonl|txt|csv|tsv|md|jinja|py)$/u;
const mostCharacters = 100_000;
const mostTensors = 2_000;

/** A file's preview. `name` tells its kind. */
export async function previewFile(name: string, file: Blob): Promise<FilePreview> {
  if (name.endsWith(".safetensors")) return tensorsOf(name, file);
  if (!textEndings.test(name)) return { kind: "binary" };
  const isCut = file.size > mostCharacters;
  const text = await file.slice(0, mostCharacters).text();
  return { kind: "text", text: name.endsWith(".json") && !isCut ? indent(text) : text, isCut };
}

async function tensorsOf(name: string, file: Blob): Promise<FilePreview> {
  const { tensors, metadata } = parseSafetensors(new Uint8Array(await file.arrayBuffer()), name);
  if (tensors.size > mostTensors) {
    throw new StudioError(`${name} has ${tensors.size} tensors; ${mostTensors} can be shown.`);
  }
  return {
    kind: "tensors",
    tensors: [...tensors].map(([tensor, { dtype, shape, byteLength }]) => ({
      name: tensor,
      dtype,
      shape,
      bytes: byteLength,
    })),
    metadata: [...metadata],
  };
}

/** JSON on one line is spread out; a text that is no JSON is shown as it is. */
function indent(text: string): string {
  if (text.trimEnd().includes("\n")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
