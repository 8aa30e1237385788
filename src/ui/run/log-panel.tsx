// The run's log, newest line first.
import { useMemo } from "react";
import { loggingDir } from "../../config/training-arguments.ts";
import { formatCount, formatFixed, formatUpdateTime } from "../../lib/format.ts";
import { type Run, updateTime } from "../../state/run-state.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { newestLines } from "./log-lines.ts";
import styles from "./log-panel.module.css";

const words = en.run;
const mostLines = 200;

export function LogPanel({ run }: { readonly run: Run }) {
  // An update by itself adds no line, and looking for lines of 100,000 rows takes milliseconds.
  const lines = useMemo(() => newestLines(run.events, mostLines), [run.events]);
  const { latest } = run;
  const update = updateTime(run);
  return (
    <Card
      title={words.logTitle}
      aside={
        <>
          <span>{words.loggingDir(loggingDir(run.record.arguments))}</span>
          {update === null ? null : (
            <span className="num">
              {words.rate(rowRate(latest?.rowsPerSecond), formatUpdateTime(update))}
            </span>
          )}
        </>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <ol className={styles.log} tabIndex={0} aria-label={words.logTitle}>
        {lines.map(({ index, step, text, tone }) => (
          <li key={index} className={styles[tone]}>
            <span className={styles.step}>{step === null ? "" : formatCount(step)}</span>
            <span className={styles.text}>{text}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** With one decimal below 100, and grouped above: its width does not jump from one update to the next. */
const rowRate = (rows: number | undefined) =>
  rows !== undefined && rows >= 100 ? formatCount(rows) : formatFixed(rows, 1);
