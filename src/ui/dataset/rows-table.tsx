// All rows of the table; only those in sight are in the page. One of them is current: arrows move it, Enter opens it.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { DatasetChoice, DatasetInspection } from "../../config/dataset.ts";
import { showFinding, useLengthFigures, useShownFinding } from "../../state/dataset-store.ts";
import { useForm } from "../../state/form-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { DataRow } from "./data-row.tsx";
import { RowDialog } from "./row-dialog.tsx";
import styles from "./rows-table.module.css";
import { useFetchedRows } from "./use-fetched-rows.ts";

const words = en.data.table;
const rowHeight = 34; // as in the style sheet
const headHeight = 32;

interface RowsTableProps {
  readonly inspection: DatasetInspection;
  /** What line numbers count. */
  readonly unit: "line" | "row";
  /** The row that was picked, or null before the first pick. */
  readonly current: number | null;
  readonly onCurrent: (row: number) => void;
}

export function RowsTable({ inspection, unit, current, onCurrent }: RowsTableProps) {
  const { choice } = inspection;
  const { finding, rowCount } = useListedRows(inspection);
  const [isOpen, setIsOpen] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const maxLength = Number(useForm().draft.max_length);
  const virtualizer = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
  });
  const items = virtualizer.getVirtualItems();
  const rows = useFetchedRows(inspection, finding, items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
  useEffect(() => {
    if (current === null) return;
    virtualizer.scrollToIndex(current);
    scroller.current?.scrollIntoView({ block: "nearest" });
  }, [current, virtualizer]);

  // "Show rows" stands far above the table.
  useEffect(() => {
    if (finding !== null) scroller.current?.scrollIntoView({ block: "center" });
  }, [finding]);

  const move = (row: number) => onCurrent(Math.min(rowCount - 1, Math.max(0, row)));
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const from = current ?? -1;
    const target = {
      ArrowDown: from + 1,
      ArrowUp: from - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: rowCount - 1,
    }[event.key];
    if (target !== undefined) move(target);
    else if (event.key === "Enter" && current !== null) setIsOpen(true);
    else return;
    event.preventDefault();
  };

  return (
    <Card
      title={finding === null ? words.title : words.listedFindings[finding]}
      aside={
        finding === null ? (
          <span className="faint">{words.hint}</span>
        ) : (
          <>
            {words.listed(rowCount)}
            <Button size="small" onClick={() => showFinding(null)}>
              {words.all}
            </Button>
          </>
        )
      }
      className={styles.card}
    >
      <div className={styles.frame}>
        <div ref={scroller} className={styles.scroller}>
          <table
            className={styles.table}
            // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table with a current row that the arrow keys move
            role="grid"
            aria-label={words.label}
            aria-rowcount={rowCount + 1}
            aria-activedescendant={current === null ? undefined : `${id}-${current}`}
            tabIndex={0}
            onKeyDown={onKeyDown}
          >
            <Head choice={choice} unit={unit} />
            <tbody>
              <Gap height={(items[0]?.start ?? headHeight) - headHeight} />
              {items.map(({ index }) => (
                <DataRow
                  key={index}
                  id={`${id}-${index}`}
                  index={index}
                  row={rows.get(index)}
                  maxLength={maxLength}
                  hasLabel={choice.language === null}
                  isCurrent={index === current}
                  onPick={() => {
                    onCurrent(index);
                    setIsOpen(true);
                  }}
                />
              ))}
              <Gap height={virtualizer.getTotalSize() + headHeight - (items.at(-1)?.end ?? 0)} />
            </tbody>
          </table>
        </div>
      </div>
      {isOpen && current !== null ? (
        <RowDialog
          row={rows.get(current)}
          unit={unit}
          isFirst={current === 0}
          isLast={current === rowCount - 1}
          onMove={(by) => move(current + by)}
          onClose={() => setIsOpen(false)}
        />
      ) : null}
    </Card>
  );
}

interface HeadProps {
  readonly choice: DatasetChoice;
  readonly unit: "line" | "row";
}

function Head({ choice, unit }: HeadProps) {
  const { text_column, join_columns, text_pair_column } = choice;
  const labels = labelNames(choice);
  const texts = [text_column, ...join_columns].join(" + ");
  const own = choice.language === null ? null : Object.values(choice.language.columns);
  const heading = text_pair_column === null ? texts : `${texts} ¦ ${text_pair_column}`;
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th className={styles.line}>{words.lines[unit]}</th>
        <th>{own === null ? heading : own.filter((name) => name !== "").join(" ¦ ")}</th>
        {own === null ? (
          <th className={styles.label} title={labels}>
            {labels}
          </th>
        ) : null}
        <th className={styles.tokens}>{words.tokens}</th>
        <th className={styles.use}>{words.use}</th>
      </tr>
    </thead>
  );
}

function labelNames({ problem_type, label_column, more_label_columns }: DatasetChoice): string {
  const isOne = problem_type === "single_label_classification";
  return isOne ? label_column : [label_column, ...more_label_columns].join(" · ");
}

/** Which rows the table lists: all, or those of the finding that is shown. */
function useListedRows(inspection: DatasetInspection) {
  const finding = useShownFinding();
  const overLong = useLengthFigures()?.overLongRows ?? 0;
  if (finding === null) return { finding, rowCount: inspection.rowCount };
  if (finding === "overLong") return { finding, rowCount: overLong };
  const found = inspection.findings.find(({ kind }) => kind === finding);
  return { finding, rowCount: found?.rows ?? 0 };
}

/** The rows out of sight, as empty space. */
function Gap({ height }: { readonly height: number }) {
  return height <= 0 ? null : <tr style={{ height }} />;
}
