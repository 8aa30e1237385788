// The architecture tree of a weights file: modules from the dots in the tensors' names, with counts, dtypes and bytes.
import type { ArchitectureNode } from "../config/model-summary.ts";
import type { SafetensorsEntry } from "../formats/safetensors.ts";
import type { SentencePooling } from "../formats/sentence-pooling.ts";
import type { ParameterSpec } from "../models/model.ts";

type LayerSizes = NonNullable<ArchitectureNode["layer"]>;

interface Module {
  readonly name: string;
  readonly layer: LayerSizes | undefined;
  readonly modules: Map<string, Module>;
  readonly parameters: ArchitectureNode[];
}

/**
 * Builds the tree in the order of the tensors.
 * @param layers parameters and widths of each transformer layer: the module that holds them all is told its widths.
 */
export function describeTensors(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  layers: readonly { readonly specs: readonly ParameterSpec[]; readonly sizes: LayerSizes }[],
  pooling: SentencePooling | null = null,
): ArchitectureNode {
  const sizesOf = new Map(layers.map(({ specs, sizes }) => [commonModule(specs), sizes]));
  const root: Module = { name: "model", layer: undefined, modules: new Map(), parameters: [] };
  for (const [name, tensor] of tensors) {
    const path = name.split(".");
    const leaf = path.pop() ?? name;
    let parent = root;
    path.forEach((part, depth) => {
      parent = childModule(parent, part, sizesOf.get(path.slice(0, depth + 1).join(".")));
    });
    parent.parameters.push({
      name: leaf,
      shape: tensor.shape,
      parameterCount: tensor.shape.reduce((product, size) => product * size, 1),
      bytes: tensor.byteLength,
      dtype: tensor.dtype,
      children: [],
    });
  }
  const node = toNode(root);
  return pooling === null ? node : withPooling(node, pooling);
}

/** A step without parameters stands where it happens: above the encoder, below the head. */
function withPooling(root: ArchitectureNode, { normalize }: SentencePooling): ArchitectureNode {
  const name = normalize ? "mean of the tokens, length 1" : "mean of the tokens";
  const step = { name, parameterCount: 0, bytes: 0, dtype: "", children: [] };
  const [encoder, ...head] = root.children;
  return { ...root, children: [...(encoder === undefined ? [] : [encoder]), step, ...head] };
}

/** The longest beginning of whole names that all have in common. */
function commonModule(specs: readonly ParameterSpec[]): string {
  const paths = specs.map(({ name }) => name.split("."));
  const [first = []] = paths;
  const length = first.findIndex((part, depth) => paths.some((path) => path[depth] !== part));
  return first.slice(0, Math.max(0, length)).join(".");
}

function childModule(parent: Module, name: string, layer: LayerSizes | undefined): Module {
  const known = parent.modules.get(name);
  if (known !== undefined) return known;
  const made: Module = { name, layer, modules: new Map(), parameters: [] };
  parent.modules.set(name, made);
  return made;
}

function toNode(module: Module): ArchitectureNode {
  const children = [...module.parameters, ...[...module.modules.values()].map(toNode)];
  return {
    name: module.name,
    parameterCount: children.reduce((sum, child) => sum + child.parameterCount, 0),
    bytes: children.reduce((sum, child) => sum + child.bytes, 0),
    dtype: [...new Set(children.flatMap((child) => child.dtype.split(", ")))].join(", "),
    ...(module.layer === undefined ? {} : { layer: module.layer }),
    children,
  };
}
