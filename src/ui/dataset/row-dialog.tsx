// One row with its whole text. Arrow keys go to the rows around it.
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import type { TableRow } from "../../config/dataset.ts";
import { useDataset } from "../../state/dataset-store.ts";
import { Button } from "../parts/button.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./row-dialog.module.css";
import { isSkipped } from "./row-problem.ts";
import { TokenPreview } from "./token-preview.tsx";

const words = en.data.table;

/** The worker cuts texts of the table there. */
const shownCharacters = 1000;

interface RowDialogProps {
  /** Undefined until it is fetched. */
  readonly row: TableRow | undefined;
  /** What line numbers count. */
  readonly unit: "line" | "row";
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly onMove: (by: 1 | -1) => void;
  readonly onClose: () => void;
}

export function RowDialog({ row, unit, isFirst, isLast, onMove, onClose }: RowDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft" && !isFirst) onMove(-1);
    if (event.key === "ArrowRight" && !isLast) onMove(1);
  };
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={row === undefined ? words.loading : en.data.line(row.line, unit)}
      onClose={onClose}
      onKeyDown={onKeyDown}
      // A click outside meets the dialog itself; one inside meets its sheet.
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
    >
      <div className={styles.sheet}>
        <header className={styles.header}>
          {row === undefined ? words.loading : <Facts row={row} unit={unit} />}
          <span className={styles.buttons}>
            <Button
              variant="quiet"
              aria-label={words.previous}
              disabled={isFirst}
              onClick={() => onMove(-1)}
            >
              <ChevronLeft aria-hidden="true" />
            </Button>
            <Button
              variant="quiet"
              aria-label={words.next}
              disabled={isLast}
              onClick={() => onMove(1)}
            >
              <ChevronRight aria-hidden="true" />
            </Button>
            <Button
              variant="quiet"
              aria-label={words.close}
              onClick={() => dialog.current?.close()}
            >
              <X aria-hidden="true" />
            </Button>
          </span>
        </header>
        {row === undefined ? null : <Text row={row} />}
      </div>
    </dialog>
  );
}

function Facts({ row, unit }: { readonly row: TableRow; readonly unit: "line" | "row" }) {
  const tone = isSkipped(row.use) ? "warn" : row.use === "evaluation" ? "eval" : "neutral";
  return (
    <>
      <strong className="num">{en.data.line(row.line, unit)}</strong>
      <Tag tone={tone}>{words.uses[row.use]}</Tag>
      <span className="muted">{words.tokensOf(row.tokens)}</span>
    </>
  );
}

function Text({ row }: { readonly row: TableRow }) {
  const dataset = useDataset();
  const isLanguage = dataset.phase === "ready" && dataset.choice.language !== null;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text scrolls, also by key */}
      <p className={styles.text} tabIndex={0}>
        {row.text.trim() === "" ? words.emptyText : row.text}
      </p>
      {row.pair === null ? null : (
        <>
          <p className="muted small">{isLanguage ? en.language.answer : words.pair}</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text scrolls, also by key */}
          <p className={styles.text} tabIndex={0}>
            {row.pair.trim() === "" ? words.emptyText : row.pair}
          </p>
        </>
      )}
      {row.text.length < shownCharacters ? null : (
        <p className="faint small">{words.firstCharacters}</p>
      )}
      {isLanguage ? <TokenPreview row={row.row} /> : <Label row={row} />}
    </>
  );
}

function Label({ row }: { readonly row: TableRow }) {
  return (
    <p className={styles.label}>
      <span className="muted">{en.data.labelColumn}</span>{" "}
      {row.label.trim() === "" ? words.emptyLabel : row.label}
      {row.className === null || row.className === row.label ? null : (
        <span className="muted"> {words.countsAs(row.className || words.emptyLabel)}</span>
      )}
    </p>
  );
}
