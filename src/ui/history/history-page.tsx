// Every run in this browser's storage: show, rename, export, delete, bring one back from a zip, compare two.
import { History } from "lucide-react";
import { useState } from "react";
import { actions } from "../../state/actions.ts";
import { useStoredRuns } from "../../state/run-store.ts";
import { goTo } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { FileButton } from "../parts/file-button.tsx";
import { en } from "../text/en.ts";
import { ComparePanel } from "./compare-panel.tsx";
import styles from "./history-page.module.css";
import { NewerRuns } from "./newer-runs.tsx";
import { RunsTable } from "./runs-table.tsx";

const words = en.history;

export function HistoryPage() {
  const stored = useStoredRuns();
  const [ticked, setTicked] = useState<readonly string[]>([]);
  if (stored.length === 0) {
    return (
      <>
        <NewerRuns />
        <EmptyState
          icon={<History aria-hidden="true" />}
          title={words.none}
          action={
            <>
              <Button onClick={() => goTo("training")}>{en.run.toTraining}</Button>
              <ImportButton />
            </>
          }
        >
          {words.noneWords}
        </EmptyState>
      </>
    );
  }
  // Of three the newest two are compared: a third tick moves on from the first.
  const tick = (id: string) =>
    setTicked(
      ticked.includes(id) ? ticked.filter((each) => each !== id) : [...ticked.slice(-1), id],
    );
  const [first, second] = ticked.flatMap(
    (id) => stored.find(({ record }) => record.id === id) ?? [],
  );
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.title}>
          <h1>{words.title}</h1>
          <p className="muted small">{words.total(stored.length)}</p>
        </div>
        <ImportButton />
      </header>
      <RunsTable stored={stored} ticked={ticked} onTick={tick} />
      {first === undefined || second === undefined ? (
        stored.length < 2 ? null : (
          <p className="faint small">{words.compareHint}</p>
        )
      ) : (
        <ComparePanel key={`${first.record.id} ${second.record.id}`} pair={[first, second]} />
      )}
      <NewerRuns />
      <p className="faint small">{words.exportHelp}</p>
    </div>
  );
}

function ImportButton() {
  return (
    <FileButton
      name="run-zip"
      accept=".zip"
      onFiles={([file]) => file !== undefined && actions().importRun(file)}
    >
      {words.import}
    </FileButton>
  );
}
