// Every metric of the held-out rows, now and before training.
import { formatNumber } from "../../lib/format.ts";
import { en } from "../text/en.ts";
import styles from "./confusion-panel.module.css";

const words = en.kinds.results;

type MetricName = keyof typeof words.names;

interface MetricsTableProps {
  readonly names: readonly MetricName[];
  readonly after: Readonly<Partial<Record<MetricName, number | undefined>>>;
  readonly before: Readonly<Partial<Record<MetricName, number | undefined>>>;
}

export function MetricsTable({ names, after, before }: MetricsTableProps) {
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
          {names.map((name) => (
            <tr key={name}>
              <th scope="row" title={name}>
                {words.names[name]}
              </th>
              <td className="num" data-metric={name}>
                {formatNumber(after[name])}
              </td>
              <td className="num faint">{formatNumber(before[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
