// The rows that a regression is farthest off, the worst first.
import { useState } from "react";
import { formatCount, formatNumber } from "../../lib/format.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import type { NumberAnswer } from "./number-answers.ts";
import styles from "./rows-panel.module.css";

const words = en.kinds.results;
const portion = 50;

/** `answers` is null where the rows are not kept. */
export function WorstRows({ answers }: { readonly answers: readonly NumberAnswer[] | null }) {
  const [shown, setShown] = useState(portion);
  const error = ({ truth, predicted }: NumberAnswer) => predicted - truth;
  const worst = (answers ?? []).toSorted((a, b) => Math.abs(error(b)) - Math.abs(error(a)));
  const { columns } = words;
  return (
    <Card title={words.worst}>
      {answers === null ? <p className="muted small">{words.unkept}</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label={words.worst}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{columns.line}</th>
              <th scope="col">{columns.text}</th>
              <th scope="col">{columns.truth}</th>
              <th scope="col">{columns.predicted}</th>
              <th scope="col">{columns.error}</th>
            </tr>
          </thead>
          <tbody>
            {worst.slice(0, shown).map((row) => (
              <tr key={row.line}>
                <td className="num faint">{formatCount(row.line)}</td>
                <td className={styles.text}>{row.text}</td>
                <td className="num">{formatNumber(row.truth)}</td>
                <td className="num">{formatNumber(row.predicted)}</td>
                <td className="num">{formatNumber(error(row))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {worst.length <= shown ? null : (
        <p className={styles.more}>
          <span className="faint small">{en.results.rows.more(shown, worst.length)}</span>
          <Button size="small" onClick={() => setShown(shown + portion)}>
            {en.results.rows.showMore}
          </Button>
        </p>
      )}
    </Card>
  );
}
