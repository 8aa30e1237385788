// Every metric of the held-out rows, now and before training.
import { en } from "../text/en.ts";
import styles from "./confusion-panel.module.css";

const words = en.kinds.results;

/** A metric's own name, its name in words, and how its values are written. */
export interface Figure {
  readonly name: string;
  readonly label: string;
  format(value: number | undefined): string;
}

interface MetricsTableProps {
  readonly figures: readonly Figure[];
  readonly after: Readonly<Record<string, number | undefined>>;
  readonly before: Readonly<Record<string, number | undefined>>;
}

export function MetricsTable({ figures, after, before }: MetricsTableProps) {
  return (
    <div className={styles.classes}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.figure}</th>
            <th scope="col">{words.now}</th>
            <th scope="col">{words.earlier}</th>
          </tr>
        </thead>
        <tbody>
          {figures.map(({ name, label, format }) => (
            <tr key={name}>
              <th scope="row" title={name}>
                {label}
              </th>
              <td className="num" data-metric={name}>
                {format(after[name])}
              </td>
              <td className="num faint" data-before={name}>
                {format(before[name])}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
