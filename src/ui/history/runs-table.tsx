// Stored runs as a table; on a narrow screen each is a small card.
import { useState } from "react";
import { formatFixed } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { isLive } from "../../state/run-state.ts";
import { type StoredRun, useRun } from "../../state/run-store.ts";
import { goTo } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import { RunName } from "./run-name.tsx";
import styles from "./runs-table.module.css";

const words = en.history;

interface RunsTableProps {
  readonly stored: readonly StoredRun[];
  /** Ids of the runs to compare. */
  readonly ticked: readonly string[];
  readonly onTick: (id: string) => void;
}

export function RunsTable({ stored, ticked, onTick }: RunsTableProps) {
  const { columns } = words;
  return (
    <Card>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{columns.compare}</th>
            <th scope="col">{columns.name}</th>
            <th scope="col">{columns.started}</th>
            <th scope="col">{columns.trained}</th>
            <th scope="col" className={styles.number}>
              {columns.updates}
            </th>
            <th scope="col" className={styles.number}>
              {columns.score}
            </th>
            <th scope="col">{columns.phase}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {stored.map((entry) => (
            <RunRow
              key={entry.record.id}
              entry={entry}
              isTicked={ticked.includes(entry.record.id)}
              onTick={() => onTick(entry.record.id)}
            />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

interface RunRowProps {
  readonly entry: StoredRun;
  readonly isTicked: boolean;
  readonly onTick: () => void;
}

const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

function RunRow({ entry, isTicked, onTick }: RunRowProps) {
  const { record, status, result } = entry;
  const shown = useRun();
  const isShown = shown?.record.id === record.id;
  const [isRenaming, setIsRenaming] = useState(false);
  const phase = phaseOf(entry, isShown && isLive(shown));
  return (
    <tr className={styles.row} aria-current={isShown ? "true" : undefined}>
      <td className={styles.tick}>
        <input
          type="checkbox"
          name="compare"
          aria-label={words.compareName(record.name)}
          checked={isTicked}
          onChange={onTick}
        />
      </td>
      <th scope="row" className={styles.name}>
        <RunName
          runId={record.id}
          name={record.name}
          isRenaming={isRenaming}
          onDone={() => setIsRenaming(false)}
        />
        {isShown ? <Tag tone="accent">{words.shown}</Tag> : null}
      </th>
      <td className={styles.quiet}>{date.format(new Date(record.created_at))}</td>
      <td className={styles.quiet}>{en.run.modes[record.mode]}</td>
      <td className={styles.figure} data-label={words.columns.updates}>
        {status.step} / {status.max_steps}
      </td>
      <td className={styles.figure} data-label={words.columns.score}>
        <span title={result === null ? undefined : en.run.scoreNames[result.name]}>
          {formatFixed(result?.value, 3)}
        </span>
        {/* Most runs are of classes: their accuracy needs no name. */}
        {result === null || result.name === "accuracy" ? null : (
          <span className="faint"> {en.run.scoreNames[result.name]}</span>
        )}
      </td>
      <td className={styles.quiet}>
        {entry.elsewhere
          ? `${en.run.phases[phase]} ${en.resume.elsewhere.short}`
          : en.run.phases[phase]}
      </td>
      <td className={styles.buttons}>
        <RowButtons
          entry={entry}
          isLive={phase === "training"}
          onRename={() => setIsRenaming(true)}
        />
      </td>
    </tr>
  );
}

function phaseOf({ status, interrupted }: StoredRun, isLiveHere: boolean) {
  if (isLiveHere) return "training";
  if (interrupted) return "interrupted";
  return status.phase === "running" ? "training" : status.phase;
}

interface RowButtonsProps {
  readonly entry: StoredRun;
  readonly isLive: boolean;
  readonly onRename: () => void;
}

function RowButtons({ entry, isLive: goesOn, onRename }: RowButtonsProps) {
  const { id, name } = entry.record;
  const show = () => {
    actions().openRun(id);
    goTo("run");
  };
  return (
    <span className={styles.buttonRow}>
      <Button size="small" aria-label={words.showName(name)} onClick={show}>
        {words.show}
      </Button>
      <Button size="small" variant="quiet" aria-label={words.renameName(name)} onClick={onRename}>
        {words.rename}
      </Button>
      <Button
        size="small"
        variant="quiet"
        aria-label={words.exportName(name)}
        disabled={goesOn}
        onClick={() => actions().exportRun(id)}
      >
        {words.export}
      </Button>
      <Button
        size="small"
        variant="quiet"
        aria-label={words.removeName(name)}
        disabled={goesOn}
        onClick={() => actions().removeRun(id)}
      >
        {words.remove}
      </Button>
    </span>
  );
}
