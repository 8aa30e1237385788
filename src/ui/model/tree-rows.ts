// The open part of the architecture tree as a flat list, and where a key leads in it. Plain functions.
import type { ArchitectureNode } from "../../config/model-summary.ts";

export interface TreeRow {
  /** Names from the root, joined by dots: unique. */
  readonly path: string;
  readonly node: ArchitectureNode;
  /** 1 for the root. */
  readonly level: number;
  readonly isOpen: boolean;
  /** Place among its siblings, from 1. */
  readonly position: number;
  readonly siblings: number;
}

/** Rows that show while the modules at `open` are open, from the top. */
export function listRows(root: ArchitectureNode, open: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const visit = (
    node: ArchitectureNode,
    path: string,
    rest: Omit<TreeRow, "path" | "node" | "isOpen">,
  ) => {
    const isOpen = node.children.length > 0 && open.has(path);
    rows.push({ ...rest, path, node, isOpen });
    if (!isOpen) return;
    node.children.forEach((child, index) => {
      const place = { position: index + 1, siblings: node.children.length };
      visit(child, `${path}.${child.name}`, { ...place, level: rest.level + 1 });
    });
  };
  visit(root, root.name, { level: 1, position: 1, siblings: 1 });
  return rows;
}

/** Paths of every module of the tree. */
export function listModules(node: ArchitectureNode, path: string = node.name): string[] {
  if (node.children.length === 0) return [];
  return [path, ...node.children.flatMap((child) => listModules(child, `${path}.${child.name}`))];
}

/** Rows that fit on a screen beside the figures. */
const firstRows = 24;

/** Modules that are open at first: level by level, as long as the rows fit on a screen. */
export function firstOpen(root: ArchitectureNode): ReadonlySet<string> {
  let open: ReadonlySet<string> = new Set([root.name]);
  for (;;) {
    const rows = listRows(root, open);
    const closed = rows.filter(({ node, isOpen }) => node.children.length > 0 && !isOpen);
    const deeper = new Set([...open, ...closed.map(({ path }) => path)]);
    if (closed.length === 0 || listRows(root, deeper).length > firstRows) return open;
    open = deeper;
  }
}

/** What a key does on a row: move to another one, open or close. Null for keys that the tree leaves alone. */
export type TreeMove = { readonly to: string } | { readonly toggle: string } | null;

/** The tree pattern of the ARIA authoring practices: up, down, home, end; right opens or goes in, left closes or goes out. */
export function moveInTree(rows: readonly TreeRow[], current: string, key: string): TreeMove {
  const index = rows.findIndex(({ path }) => path === current);
  const row = rows[index];
  if (row === undefined) return null;
  const to = (target: TreeRow | undefined): TreeMove =>
    target === undefined ? null : { to: target.path };
  const isModule = row.node.children.length > 0;
  switch (key) {
    case "ArrowDown":
      return to(rows[index + 1]);
    case "ArrowUp":
      return to(rows[index - 1]);
    case "Home":
      return to(rows[0]);
    case "End":
      return to(rows.at(-1));
    case "ArrowRight":
      if (!isModule) return null;
      return row.isOpen ? to(rows[index + 1]) : { toggle: current };
    case "ArrowLeft":
      if (row.isOpen) return { toggle: current };
      return to(rows.findLast((other, place) => place < index && other.level < row.level));
    case "Enter":
    case " ":
      return isModule ? { toggle: current } : null;
    default:
      return null;
  }
}
