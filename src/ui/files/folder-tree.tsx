// The tree of folders and files. Arrow keys move in it as in every file manager; Enter chooses.
import { ChevronRight, File, Folder } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { formatBytes } from "../../lib/format.ts";
import { useStoredRuns } from "../../state/run-store.ts";
import { classNames } from "../parts/class-names.ts";
import { en } from "../text/en.ts";
import type { FileNode } from "./file-tree.ts";
import { folderNotes } from "./folder-notes.ts";
import styles from "./folder-tree.module.css";

const words = en.files;

interface FolderTreeProps {
  readonly tree: readonly FileNode[];
  readonly chosen: string | null;
  readonly onChoose: (path: string) => void;
}

interface VisibleRow {
  readonly node: FileNode;
  readonly depth: number;
}

export function FolderTree({ tree, chosen, onChoose }: FolderTreeProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const list = useRef<HTMLDivElement>(null);
  const notes = folderNotes(useStoredRuns());
  const rows = visibleRows(tree, open, 0);
  const focusable = rows.some(({ node }) => node.path === chosen) ? chosen : rows[0]?.node.path;

  const toggle = (path: string) => {
    const next = new Set(open);
    if (!next.delete(path)) next.add(path);
    setOpen(next);
  };
  const choose = (node: FileNode) => {
    if (node.children !== null) toggle(node.path);
    onChoose(node.path);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = rows.findIndex(({ node }) => node.path === focusable);
    const node = rows[at]?.node;
    if (node === undefined) return;
    const isOpen = open.has(node.path);
    const target = {
      ArrowDown: rows[at + 1],
      ArrowUp: rows[at - 1],
      Home: rows[0],
      End: rows.at(-1),
    }[event.key];
    if (event.key === "Enter" || event.key === " ") choose(node);
    else if (event.key === "ArrowRight" && node.children !== null && !isOpen) toggle(node.path);
    else if (event.key === "ArrowLeft" && isOpen) toggle(node.path);
    else if (target !== undefined) {
      onChoose(target.node.path);
      const index = rows.indexOf(target);
      list.current?.querySelectorAll<HTMLElement>("[role=treeitem]")[index]?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <div
      ref={list}
      className={styles.list}
      role="tree"
      tabIndex={-1}
      aria-label={words.tree}
      onKeyDown={onKeyDown}
    >
      {rows.map(({ node, depth }) => (
        <Row
          key={node.path}
          node={node}
          depth={depth}
          note={notes.get(node.path) ?? (node.isForeign ? en.resume.newer.file : undefined)}
          isOpen={open.has(node.path)}
          isChosen={node.path === chosen}
          isFocusable={node.path === focusable}
          onChoose={() => choose(node)}
        />
      ))}
    </div>
  );
}

function visibleRows(
  nodes: readonly FileNode[],
  open: ReadonlySet<string>,
  depth: number,
): VisibleRow[] {
  return nodes.flatMap((node) => [
    { node, depth },
    ...(node.children !== null && open.has(node.path)
      ? visibleRows(node.children, open, depth + 1)
      : []),
  ]);
}

interface RowProps extends VisibleRow {
  readonly note: string | undefined;
  readonly isOpen: boolean;
  readonly isChosen: boolean;
  readonly isFocusable: boolean;
  readonly onChoose: () => void;
}

function Row({ node, depth, note, isOpen, isChosen, isFocusable, onChoose }: RowProps) {
  const { name, bytes, children } = node;
  const size = formatBytes(bytes);
  const isFolder = children !== null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it handles the keys.
    <div
      className={classNames(styles.row, isChosen && styles.chosen)}
      role="treeitem"
      tabIndex={isFocusable ? 0 : -1}
      aria-level={depth + 1}
      aria-selected={isChosen}
      aria-expanded={isFolder ? isOpen : undefined}
      aria-label={isFolder ? words.folder(name, size) : words.file(name, size)}
      style={{ "--depth": depth } as React.CSSProperties}
      onClick={onChoose}
    >
      <ChevronRight
        className={classNames(styles.arrow, isOpen && styles.open, !isFolder && styles.noArrow)}
        aria-hidden="true"
      />
      {isFolder ? <Folder aria-hidden="true" /> : <File aria-hidden="true" />}
      <span className={styles.name}>{name}</span>
      {note === undefined ? null : <span className={styles.note}>{note}</span>}
      <span className={styles.size}>{size}</span>
    </div>
  );
}
