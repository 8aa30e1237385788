// Rows to ask a model about: one click puts the question into the view that is open, with the expected answer beside it.
import { useId, useState } from "react";
import { actions } from "../../state/actions.ts";
import { useDatasetStore } from "../../state/dataset-store.ts";
import {
  askRow,
  changePlayground,
  type HeldOut,
  type PlaygroundView,
  readHeldOutRow,
  usePlaygroundStore,
} from "../../state/playground-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { FileButton } from "../parts/file-button.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import styles from "./held-out-panel.module.css";

const words = en.playground.heldOut;
/** Rows that are listed at first, and that each click adds. */
const portion = 8;

export function HeldOutPanel({ view }: { readonly view: PlaygroundView }) {
  const heldOut = usePlaygroundStore((state) => state.heldOut);
  return (
    <Card
      title={words.title}
      aside={
        heldOut.phase === "ready"
          ? words.rows(heldOut.table.rows.length, heldOut.table.rowCount)
          : null
      }
    >
      {heldOut.phase === "ready" ? (
        <Rows heldOut={heldOut} view={view} />
      ) : (
        <Missing heldOut={heldOut} />
      )}
      <Sources />
    </Card>
  );
}

function Missing({ heldOut }: { readonly heldOut: HeldOut }) {
  if (heldOut.phase === "failed") return <ErrorNote error={heldOut.error} />;
  return (
    <p className="muted">
      {heldOut.phase === "reading" ? words.reading(heldOut.name) : words.none}
    </p>
  );
}

function Sources() {
  const dataset = useDatasetStore((state) => state.dataset);
  return (
    <div className={styles.sources}>
      {dataset.phase === "ready" ? (
        <Button size="small" onClick={() => actions().readHeldOut()}>
          {words.use(dataset.info.name)}
        </Button>
      ) : null}
      <FileButton
        name="questions"
        accept=".csv,.tsv,.xlsx,.json,.jsonl,.parquet,.zip"
        onFiles={([file]) => file !== undefined && actions().readQuestionFile(file)}
      >
        {words.file}
      </FileButton>
    </div>
  );
}

type Ready = Extract<HeldOut, { phase: "ready" }>;

function Rows({ heldOut, view }: { readonly heldOut: Ready; readonly view: PlaygroundView }) {
  const [shown, setShown] = useState(portion);
  const count = Math.min(shown, heldOut.table.rows.length);
  return (
    <>
      <Columns heldOut={heldOut} />
      {view === "score" ? null : (
        <ul className={styles.rows}>
          {heldOut.table.rows.slice(0, count).map((_, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place.
            <Row key={row} heldOut={heldOut} row={row} view={view} />
          ))}
        </ul>
      )}
      {view === "score" || count === heldOut.table.rows.length ? null : (
        <Button size="small" variant="quiet" onClick={() => setShown(shown + portion)}>
          {words.more}
        </Button>
      )}
    </>
  );
}

function Row(props: { heldOut: Ready; row: number; view: PlaygroundView }) {
  const isWriting = usePlaygroundStore(({ busy }) => busy === "writing");
  const { question, answer } = readHeldOutRow(props.heldOut, props.row);
  return (
    <li>
      <button
        type="button"
        className={styles.row}
        disabled={isWriting}
        onClick={() => askRow(props.heldOut, props.row, props.view)}
      >
        <span className="hidden">{words.ask("")}</span>
        <span className={styles.question}>{question}</span>
        <span className={styles.answer}>{answer}</span>
      </button>
    </li>
  );
}

function Columns({ heldOut }: { readonly heldOut: Ready }) {
  const id = useId();
  const { table, columns } = heldOut;
  const options = table.columns.map((value) => ({ value, label: value }));
  return (
    <div className={styles.columns}>
      {(["question", "reasoning", "answer"] as const).map((part) => (
        <label key={part} htmlFor={`${id}-${part}`}>
          {words[part]}
          <Select
            name={`${part}_column`}
            id={`${id}-${part}`}
            value={columns[part] ?? ""}
            options={[{ value: "", label: words.noColumn }, ...options]}
            onChange={(column) =>
              changePlayground({
                heldOut: {
                  ...heldOut,
                  columns: { ...columns, [part]: column || null },
                  table: { ...table, prompts: null },
                },
              })
            }
          />
        </label>
      ))}
    </div>
  );
}
