// Precision, recall and F1 of every class or label, with the F1 from before training beside it.
import type { ClassResults } from "../../config/events.ts";
import { formatCount, formatFixed } from "../../lib/format.ts";
import { en } from "../text/en.ts";
import styles from "./confusion-panel.module.css";

const words = en.results;

interface ClassTableProps {
  /** Of classes, or of the labels of sets. */
  readonly results: Pick<ClassResults, "perClass" | "perClassBefore">;
  /** Shows the figures from before training. */
  readonly isBefore: boolean;
}

export function ClassTable({ results, isBefore }: ClassTableProps) {
  const { columns } = words;
  const before = results.perClassBefore;
  const shown = isBefore ? (before ?? []) : results.perClass;
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
          {shown.map(({ label, precision, recall, f1, support }, id) => (
            <tr key={label}>
              <th scope="row" title={label}>
                {label}
              </th>
              <td className="num">{formatFixed(precision, 3)}</td>
              <td className="num">{formatFixed(recall, 3)}</td>
              <td
                className="num"
                title={
                  before === undefined ? undefined : words.before(formatFixed(before[id]?.f1, 3))
                }
              >
                {formatFixed(f1, 3)}
              </td>
              <td className="num">{formatCount(support)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
