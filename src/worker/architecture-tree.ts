// The architecture tree of a weights file: modules from the dots in the tensors' names, with counts, dtypes and bytes.
import type { ArchitectureNode } from "../config/model-summary.ts";
import type { SafetensorsEntry } from "../formats/safetensors.ts";

interface Module {
  readonly name: string;
  readonly modules: Map<string, Module>;
  readonly parameters: ArchitectureNode[];
}

/** Builds the tree in the order of the tensors. */
export function describeTensors(tensors: ReadonlyMap<string, SafetensorsEntry>): ArchitectureNode {
  const root: Module = { name: "model", modules: new Map(), parameters: [] };
  for (const [name, tensor] of tensors) {
    const path = name.split(".");
    const leaf = path.pop() ?? name;
    path.reduce(childModule, root).parameters.push({
      name: leaf,
      shape: tensor.shape,
      parameterCount: tensor.shape.reduce((product, size) => product * size, 1),
      bytes: tensor.byteLength,
      dtype: tensor.dtype,
      children: [],
    });
  }
  return toNode(root);
}

function childModule(parent: Module, name: string): Module {
  const known = parent.modules.get(name);
  if (known !== undefined) return known;
  const made: Module = { name, modules: new Map(), parameters: [] };
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
    children,
  };
}
