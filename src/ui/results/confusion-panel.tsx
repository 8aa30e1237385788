// Where the model is wrong: the confusion matrix, or for many classes the most confused pairs, and figures a class. Each
// number lists its rows; the same figures stand there from before training.
import type { ClassResults } from "../../config/events.ts";
import { formatCount } from "../../lib/format.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { ClassTable } from "./class-table.tsx";
import styles from "./confusion-panel.module.css";
import { MomentSwitch } from "./moment-switch.tsx";
import type { Moment, RowFilter } from "./row-filter.ts";

const words = en.results;

/** A larger matrix cannot be read; its pairs can. */
const mostCells = 8;
const mostPairs = 12;

interface ConfusionPanelProps {
  readonly results: ClassResults;
  readonly moment: Moment;
  readonly onMoment: (moment: Moment) => void;
  readonly filter: RowFilter;
  /** Undefined where the rows behind the numbers are not kept. */
  readonly onFilter: ((filter: RowFilter) => void) | undefined;
}

export function ConfusionPanel(props: ConfusionPanelProps) {
  const { results, moment, onMoment, onFilter } = props;
  const isSmall = results.labels.length <= mostCells;
  const isBefore = moment === "before" && results.confusionBefore !== undefined;
  const confusion = isBefore ? (results.confusionBefore ?? []) : results.confusion;
  return (
    <Card
      title={isSmall ? words.confusion : words.pairs}
      aside={
        results.confusionBefore === undefined ? null : (
          <MomentSwitch moment={moment} onMoment={onMoment} />
        )
      }
    >
      {isSmall ? (
        <Matrix {...props} confusion={confusion} />
      ) : (
        <Pairs {...props} confusion={confusion} />
      )}
      {onFilter === undefined ? null : <p className={styles.hint}>{words.cellHint}</p>}
      <ClassTable results={results} isBefore={isBefore} />
    </Card>
  );
}

interface NumbersProps extends ConfusionPanelProps {
  readonly confusion: ClassResults["confusion"];
}

function Matrix({ results: { labels }, confusion, ...rest }: NumbersProps) {
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
                  >
                    <Count {...rest} {...{ labels, actual, predicted, rows }} />
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

function Pairs({ results: { labels }, confusion, ...rest }: NumbersProps) {
  const pairs = confusion
    .flatMap((row, actual) => row.map((rows, predicted) => ({ actual, predicted, rows })))
    .filter(({ actual, predicted, rows }) => actual !== predicted && rows > 0)
    .sort((a, b) => b.rows - a.rows)
    .slice(0, mostPairs);
  if (pairs.length === 0) return <p className="muted small">{words.noPairs}</p>;
  return (
    <ul className={styles.pairs}>
      {pairs.map((pair) => (
        <li key={`${pair.actual} ${pair.predicted}`}>
          <span>{words.pair(labels[pair.actual] ?? "", labels[pair.predicted] ?? "")}</span>
          <Count {...rest} {...pair} labels={labels} />
        </li>
      ))}
    </ul>
  );
}

interface CountProps extends Pick<ConfusionPanelProps, "moment" | "filter" | "onFilter"> {
  readonly labels: readonly string[];
  readonly actual: number;
  readonly predicted: number;
  readonly rows: number;
}

/** A number that lists its rows when pressed, where they are kept. */
function Count({ labels, actual, predicted, rows, moment, filter, onFilter }: CountProps) {
  const told = words.cell(rows, labels[actual] ?? "", labels[predicted] ?? "");
  if (onFilter === undefined || rows === 0) {
    return (
      <span className="num" title={told}>
        {formatCount(rows)}
      </span>
    );
  }
  const isShown =
    filter.kind === "cell" &&
    filter.actual === actual &&
    filter.predicted === predicted &&
    filter.moment === moment;
  return (
    <button
      type="button"
      className={styles.count}
      aria-label={told}
      aria-pressed={isShown}
      title={told}
      onClick={() => onFilter({ kind: "cell", actual, predicted, moment })}
    >
      {formatCount(rows)}
    </button>
  );
}
