// Stored paths as a tree of folders, with the bytes in each.
import type { StoredFile } from "../../storage/files.ts";

export interface FileNode {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  /** Another version of the studio wrote it: it is only looked at here. */
  readonly isForeign: boolean;
  /** Null for a file. */
  readonly children: readonly FileNode[] | null;
}

/** The top folders of these files: folders first, each by name, numbers in names by value. */
export function fileTree(files: readonly StoredFile[]): FileNode[] {
  return childrenOf("", files);
}

function childrenOf(prefix: string, files: readonly StoredFile[]): FileNode[] {
  const folders = new Map<string, StoredFile[]>();
  const leaves: FileNode[] = [];
  for (const file of files) {
    const rest = file.path.slice(prefix.length);
    const slash = rest.indexOf("/");
    if (slash < 0) {
      const { path, bytes, isForeign = false } = file;
      leaves.push({ path, name: rest, bytes, isForeign, children: null });
    } else {
      const name = rest.slice(0, slash);
      folders.set(name, [...(folders.get(name) ?? []), file]);
    }
  }
  const inner = [...folders].map(([name, inside]): FileNode => {
    const path = `${prefix}${name}`;
    const bytes = inside.reduce((sum, file) => sum + file.bytes, 0);
    const isForeign = inside.every((file) => file.isForeign === true);
    return { path, name, bytes, isForeign, children: childrenOf(`${path}/`, inside) };
  });
  return [...inner.sort(byName), ...leaves.sort(byName)];
}

const collator = new Intl.Collator("en", { numeric: true });
const byName = (a: FileNode, b: FileNode) => collator.compare(a.name, b.name);

/** The node at a path, or undefined. */
export function findNode(nodes: readonly FileNode[], path: string): FileNode | undefined {
  for (const node of nodes) {
    if (node.path === path) return node;
    if (node.children !== null && path.startsWith(`${node.path}/`)) {
      return findNode(node.children, path);
    }
  }
  return undefined;
}

/** Files under a node, itself where it is one. */
export function countFiles(node: FileNode): number {
  return node.children === null
    ? 1
    : node.children.reduce((sum, child) => sum + countFiles(child), 0);
}
