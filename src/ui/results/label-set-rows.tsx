// Held-out rows whose set of labels is wrong, all of them or those of one label.
import { useState } from "react";
import type { ValueRows } from "../../config/evaluation-rows.ts";
import { labelThreshold } from "../../config/problem-type.ts";
import { formatCount } from "../../lib/format.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import type { Moment } from "./row-filter.ts";
import styles from "./rows-panel.module.css";

const words = en.kinds.results;
const portion = 50;

interface LabelSetRowsProps {
  /** Null where the rows are not kept, undefined until they are read. */
  readonly rows: ValueRows | null | undefined;
  readonly moment: Moment;
}

export function LabelSetRows({ rows, moment }: LabelSetRowsProps) {
  const [filter, setFilter] = useState("");
  const [shown, setShown] = useState(portion);
  const labels = rows?.labels ?? [];
  const wrong = wrongRows(rows, moment).filter(
    ({ missed, invented }) =>
      filter === "" || missed.includes(Number(filter)) || invented.includes(Number(filter)),
  );
  const { columns } = words;
  const choose = (value: string) => {
    setFilter(value);
    setShown(portion);
  };
  return (
    <Card
      title={words.wrongRows}
      aside={
        <label className={styles.filter} htmlFor="wrong_label">
          {words.filterLabel}
          <Select
            name="wrong_label"
            id="wrong_label"
            value={filter}
            onChange={choose}
            options={[
              { value: "", label: words.filters.all },
              ...labels.map((label, id) => ({ value: String(id), label })),
            ]}
          />
        </label>
      }
    >
      {rows === null ? <p className="muted small">{words.unkept}</p> : null}
      {rows && wrong.length === 0 ? <p className="muted small">{words.rowsNone}</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label={words.wrongRows}>
        {wrong.length === 0 ? null : (
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{columns.line}</th>
                <th scope="col">{columns.text}</th>
                <th scope="col">{columns.labels}</th>
                <th scope="col">{columns.said}</th>
              </tr>
            </thead>
            <tbody>
              {wrong.slice(0, shown).map(({ line, text, truth, said }) => (
                <tr key={line}>
                  <td className="num faint">{formatCount(line)}</td>
                  <td className={styles.text}>{text}</td>
                  <td>{nameSet(truth, labels)}</td>
                  <td>{nameSet(said, labels)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      {wrong.length <= shown ? null : (
        <p className={styles.more}>
          <span className="faint small">{en.results.rows.more(shown, wrong.length)}</span>
          <Button size="small" onClick={() => setShown(shown + portion)}>
            {en.results.rows.showMore}
          </Button>
        </p>
      )}
    </Card>
  );
}

const nameSet = (ids: readonly number[], labels: readonly string[]) =>
  ids.length === 0 ? words.filters.none : ids.map((id) => labels[id] ?? "").join(", ");

/** The rows with a wrong label, those with most of them first. */
function wrongRows(rows: ValueRows | null | undefined, moment: Moment) {
  return (rows?.rows ?? [])
    .map(({ line, text, values, predicted, predicted_before }) => {
      const outputs = moment === "before" ? predicted_before : predicted;
      const ids = values.map((_, id) => id);
      const truth = ids.filter((id) => values[id] === 1);
      const said = ids.filter((id) => (outputs[id] ?? 0) > labelThreshold);
      const missed = truth.filter((id) => !said.includes(id));
      const invented = said.filter((id) => !truth.includes(id));
      return { line, text, truth, said, missed, invented };
    })
    .filter(({ missed, invented }) => missed.length + invented.length > 0)
    .sort((a, b) => b.missed.length + b.invented.length - a.missed.length - a.invented.length);
}
