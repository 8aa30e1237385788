// Where the model is wrong: the confusion matrix, or for many classes the most confused pairs, and figures a class.
import type { RunResults } from "../../config/events.ts";
import { formatCount, formatFixed } from "../../lib/format.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import styles from "./confusion-panel.module.css";

const words = en.results;

/** A larger matrix cannot be read; its pairs can. */
const mostCells = 8;
const mostPairs = 12;

export function ConfusionPanel({ results }: { readonly results: RunResults }) {
  const isSmall = results.labels.length <= mostCells;
  return (
    <Card title={isSmall ? words.confusion : words.pairs}>
      {isSmall ? <Matrix results={results} /> : <Pairs results={results} />}
      <ClassTable results={results} />
    </Card>
  );
}

function Matrix({ results: { labels, confusion } }: { readonly results: RunResults }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className={styles.scroll} tabIndex={0} aria-label={words.confusion}>
      <table className={styles.matrix}>
        <thead>
          <tr>
            <td />
            {labels.map((label) => (
              <th key={label} scope="col" title={label}>
                {words.said(label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.map((row, actual) => {
            const total = row.reduce((sum, count) => sum + count, 0);
            return (
              <tr key={labels[actual]}>
                <th scope="row" title={labels[actual]}>
                  {labels[actual]}
                </th>
                {row.map((rows, predicted) => (
                  <td
                    key={labels[predicted]}
                    className={actual === predicted ? styles.right : styles.wrong}
                    // The share of the class decides how strong the colour is.
                    style={{ "--share": total === 0 ? 0 : rows / total } as React.CSSProperties}
                    title={words.cell(rows, labels[actual] ?? "", labels[predicted] ?? "")}
                  >
                    <span className="num">{formatCount(rows)}</span>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Pairs({ results: { labels, confusion } }: { readonly results: RunResults }) {
  const pairs = confusion
    .flatMap((row, actual) => row.map((rows, predicted) => ({ actual, predicted, rows })))
    .filter(({ actual, predicted, rows }) => actual !== predicted && rows > 0)
    .sort((a, b) => b.rows - a.rows)
    .slice(0, mostPairs);
  if (pairs.length === 0) return <p className="muted small">{words.noPairs}</p>;
  return (
    <ul className={styles.pairs}>
      {pairs.map(({ actual, predicted, rows }) => (
        <li key={`${actual} ${predicted}`}>
          <span>{words.pair(labels[actual] ?? "", labels[predicted] ?? "")}</span>
          <span className="num">{formatCount(rows)}</span>
        </li>
      ))}
    </ul>
  );
}

function ClassTable({ results: { perClass } }: { readonly results: RunResults }) {
  const { columns } = words;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className={styles.classes} tabIndex={0} aria-label={words.perClass}>
      <table>
        <thead>
          <tr>
            <th scope="col">{columns.class}</th>
            <th scope="col">{columns.precision}</th>
            <th scope="col">{columns.recall}</th>
            <th scope="col">{columns.f1}</th>
            <th scope="col">{columns.rows}</th>
          </tr>
        </thead>
        <tbody>
          {perClass.map(({ label, precision, recall, f1, support }) => (
            <tr key={label}>
              <th scope="row" title={label}>
                {label}
              </th>
              <td className="num">{formatFixed(precision, 3)}</td>
              <td className="num">{formatFixed(recall, 3)}</td>
              <td className="num">{formatFixed(f1, 3)}</td>
              <td className="num">{formatCount(support)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
