// The rows that the model got wrong, the surest first.
import type { RunResults } from "../../config/events.ts";
import { formatCount, formatFixed } from "../../lib/format.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import styles from "./mistakes-panel.module.css";

const words = en.results;

export function MistakesPanel({ results: { mistakes } }: { readonly results: RunResults }) {
  const { mistakeColumns: columns } = words;
  if (mistakes.length === 0) {
    return (
      <Card title={words.mistakes}>
        <p className="muted small">{words.mistakesNone}</p>
      </Card>
    );
  }
  return (
    <Card title={words.mistakes}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label={words.mistakes}>
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
            {mistakes.map(({ line, text, label, predicted, probability }) => (
              <tr key={line}>
                <td className="num faint">{formatCount(line)}</td>
                <td className={styles.text}>{text}</td>
                <td>{label}</td>
                <td>{predicted}</td>
                <td className="num">{formatFixed(probability, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}
