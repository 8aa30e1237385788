// Held-out rows with what the model said: its mistakes, or those behind a number of the page.
import { useState } from "react";
import type { ClassRows } from "../../config/evaluation-rows.ts";
import type { ClassResults } from "../../config/events.ts";
import { formatCount, formatFixed } from "../../lib/format.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { keptMistakes, type RowFilter, type ShownRow, selectRows } from "./row-filter.ts";
import styles from "./rows-panel.module.css";

const words = en.results.rows;

/** Rows that one press adds. */
const portion = 100;

interface RowsPanelProps {
  readonly results: ClassResults;
  readonly rows: ClassRows | null | undefined;
  readonly filter: RowFilter;
  readonly onFilter: (filter: RowFilter) => void;
}

export function RowsPanel({ results, rows, filter, onFilter }: RowsPanelProps) {
  const selected = rows ? selectRows(rows, filter) : keptMistakes(results);
  const isMistakes = filter.kind === "mistakes";
  return (
    <Card
      title={titleOf(filter, results.labels)}
      aside={
        isMistakes ? null : (
          <Button size="small" onClick={() => onFilter({ kind: "mistakes" })}>
            {words.all}
          </Button>
        )
      }
    >
      {selected.length === 0 ? (
        <p className="muted small">{isMistakes ? words.mistakesNone : words.none}</p>
      ) : (
        <RowsTable key={JSON.stringify(filter)} rows={selected} name={words.mistakes} />
      )}
      {rows === null ? <p className="faint small">{words.unkept}</p> : null}
    </Card>
  );
}

function titleOf(filter: RowFilter, labels: readonly string[]): string {
  if (filter.kind !== "cell") return words[filter.kind];
  const { actual, predicted, moment } = filter;
  return words.cell(labels[actual] ?? "", labels[predicted] ?? "", moment === "before");
}

interface RowsTableProps {
  readonly rows: readonly ShownRow[];
  readonly name: string;
}

function RowsTable({ rows, name }: RowsTableProps) {
  const [shown, setShown] = useState(portion);
  const { columns } = words;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label={name}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{columns.line}</th>
              <th scope="col">{columns.text}</th>
              <th scope="col">{columns.label}</th>
              <th scope="col">{columns.said}</th>
              <th scope="col">{columns.sure}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map(({ line, text, label, said, sure }) => (
              <tr key={line}>
                <td className="num faint">{formatCount(line)}</td>
                <td className={styles.text}>{text}</td>
                <td>{label}</td>
                <td>{said}</td>
                <td className="num">{formatFixed(sure, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length <= shown ? null : (
        <p className={styles.more}>
          <span className="faint small">{words.more(shown, rows.length)}</span>
          <Button size="small" onClick={() => setShown(shown + portion)}>
            {words.showMore}
          </Button>
        </p>
      )}
    </>
  );
}
