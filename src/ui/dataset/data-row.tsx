// One line of the table of rows.
import type { TableRow } from "../../config/dataset.ts";
import { formatCount } from "../../lib/format.ts";
import { classNames } from "../parts/class-names.ts";
import { en } from "../text/en.ts";
import { isSkipped } from "./row-problem.ts";
import styles from "./rows-table.module.css";

const words = en.data.table;

interface DataRowProps {
  readonly id: string;
  readonly index: number;
  /** Undefined until it is fetched. */
  readonly row: TableRow | undefined;
  readonly maxLength: number;
  /** Rows of a language model have none. */
  readonly hasLabel: boolean;
  readonly isCurrent: boolean;
  readonly onPick: () => void;
}

export function DataRow({ id, index, row, maxLength, hasLabel, isCurrent, onPick }: DataRowProps) {
  const isBad = row !== undefined && isSkipped(row.use);
  return (
    <tr
      id={id}
      className={classNames(styles.row, isBad && styles.bad)}
      aria-rowindex={index + 2}
      aria-selected={isCurrent}
      onClick={onPick}
    >
      {row === undefined ? (
        <LoadingCells hasLabel={hasLabel} />
      ) : (
        <Cells row={row} maxLength={maxLength} hasLabel={hasLabel} />
      )}
    </tr>
  );
}

function LoadingCells({ hasLabel }: Pick<DataRowProps, "hasLabel">) {
  return (
    <>
      <td className={styles.line} />
      <td className={styles.loading}>{words.loading}</td>
      {hasLabel ? <td className={styles.label} /> : null}
      <td className={styles.tokens} />
      <td className={styles.use} />
    </>
  );
}

type CellsProps = Pick<DataRowProps, "maxLength" | "hasLabel"> & { readonly row: TableRow };

function Cells({ row, maxLength, hasLabel }: CellsProps) {
  const isCut = row.tokens > maxLength;
  const { line, isFromEvaluationFile, className } = row;
  const isRenamed = className !== null && className !== row.label;
  return (
    <>
      <td className={classNames(styles.line, isFromEvaluationFile && styles.evaluation)}>
        {isFromEvaluationFile ? words.evaluationLine(line) : formatCount(line)}
      </td>
      <td>
        {orMissing(row.text, words.emptyText)}
        {row.pair === null ? null : (
          <span className={styles.pair}>{orMissing(row.pair, words.emptyText)}</span>
        )}
      </td>
      {hasLabel ? (
        <td
          className={styles.label}
          title={isRenamed ? words.countsAs(className || words.emptyLabel) : row.label}
        >
          {orMissing(row.label, words.emptyLabel)}
        </td>
      ) : null}
      <td
        className={classNames(styles.tokens, isCut && styles.cut)}
        title={isCut ? words.cut(maxLength) : undefined}
      >
        {formatCount(row.tokens)}
      </td>
      <td className={classNames(styles.use, isSkipped(row.use) ? styles.skipped : styles[row.use])}>
        {words.uses[row.use]}
      </td>
    </>
  );
}

function orMissing(cell: string, instead: string) {
  return cell.trim() === "" ? <span className={styles.missing}>{instead}</span> : cell;
}
