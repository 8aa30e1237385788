// The modules and parameters of the model as a tree with shapes, counts, dtypes and bytes.
import { ChevronRight } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import type { ArchitectureNode } from "../../config/model-summary.ts";
import { formatBytes, formatCount } from "../../lib/format.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import styles from "./architecture-tree.module.css";
import { firstOpen, listModules, listRows, moveInTree, type TreeRow } from "./tree-rows.ts";

const words = en.model.tree;

export function ArchitectureTree({ root }: { readonly root: ArchitectureNode }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(() => firstOpen(root));
  const [current, setCurrent] = useState(root.name);
  const list = useRef<HTMLDivElement>(null);
  const rows = listRows(root, open);

  const toggle = (path: string) =>
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(path)) after.add(path);
      return after;
    });
  const onKeyDown = (event: KeyboardEvent) => {
    const move = moveInTree(rows, current, event.key);
    if (move === null) return;
    event.preventDefault();
    if ("toggle" in move) {
      toggle(move.toggle);
      return;
    }
    setCurrent(move.to);
    list.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(move.to)}"]`)?.focus();
  };
  const reset = (paths: readonly string[]) => {
    setOpen(new Set(paths));
    setCurrent(root.name);
  };

  return (
    <Card
      title={words.title}
      aside={
        <>
          <Button size="small" variant="quiet" onClick={() => reset(listModules(root))}>
            {words.expand}
          </Button>
          <Button size="small" variant="quiet" onClick={() => reset([])}>
            {words.collapse}
          </Button>
        </>
      }
    >
      <div className={styles.head} aria-hidden="true">
        <span>{words.name}</span>
        <span className={styles.shape}>{words.shape}</span>
        <span className={styles.figure}>{words.parameters}</span>
        <span className={styles.dtype}>{words.dtype}</span>
        <span className={styles.figure}>{words.bytes}</span>
        <span className={styles.share} />
      </div>
      <div ref={list} role="tree" aria-label={words.title} onKeyDown={onKeyDown}>
        {rows.map((row) => (
          <Row
            key={row.path}
            row={row}
            total={root.parameterCount}
            isCurrent={row.path === current}
            onPick={() => {
              setCurrent(row.path);
              if (row.node.children.length > 0) toggle(row.path);
            }}
          />
        ))}
      </div>
    </Card>
  );
}

interface RowProps {
  readonly row: TreeRow;
  /** Parameters of the whole model. */
  readonly total: number;
  readonly isCurrent: boolean;
  readonly onPick: () => void;
}

function Row({ row, total, isCurrent, onPick }: RowProps) {
  const { node } = row;
  const isModule = node.children.length > 0;
  const bytes = formatBytes(node.bytes);
  const count = formatCount(node.parameterCount);
  const { layer } = node;
  const sizes =
    layer === undefined
      ? null
      : en.model.layerSizes(layer.hiddenSize, layer.intermediateSize, layer.heads);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it handles the keys
    <div
      role="treeitem"
      className={styles.row}
      data-path={row.path}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={isModule ? row.isOpen : undefined}
      aria-label={words.item(node.name, count, bytes, sizes)}
      tabIndex={isCurrent ? 0 : -1}
      onClick={onPick}
    >
      <span className={styles.name} style={{ paddingLeft: (row.level - 1) * 16 }}>
        {isModule ? <ChevronRight aria-hidden="true" /> : <span className={styles.leaf} />}
        <span title={node.name}>{node.name}</span>
        {sizes === null ? null : (
          <span className={styles.sizes} title={sizes}>
            {sizes}
          </span>
        )}
      </span>
      <span className={styles.shape}>{node.shape === undefined ? "" : node.shape.join(" × ")}</span>
      <span className={styles.figure}>{count}</span>
      <span className={styles.dtype}>{node.dtype}</span>
      <span className={styles.figure}>{bytes}</span>
      <span className={styles.share}>
        <Meter share={total === 0 ? 0 : node.parameterCount / total} />
      </span>
    </div>
  );
}
