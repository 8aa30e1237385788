// Takes files that are dropped anywhere on the page, and says so while they hover.
import { Upload } from "lucide-react";
import { useEffect, useState } from "react";
import { toErrorRecord } from "../../lib/errors.ts";
import { actions } from "../../state/actions.ts";
import { getRun } from "../../state/run-store.ts";
import { getPage, goTo, setNotice } from "../../state/studio-store.ts";
import { en } from "../text/en.ts";
import styles from "./drop-anywhere.module.css";
import { type Drop, readDrop, sortDrop } from "./dropped-files.ts";

const words = en.shell.drop;

export function DropAnywhere() {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => listen(setIsOver), []);
  if (!isOver) return null;
  return (
    <div className={styles.overlay}>
      <div className={styles.sheet}>
        <Upload aria-hidden="true" />
        <strong>{words.title}</strong>
        <span>{wordsHere()}</span>
      </div>
    </div>
  );
}

/** Listens on the window until the returned function is called. */
function listen(setIsOver: (isOver: boolean) => void): () => void {
  const listening = new AbortController();
  const on = <Name extends keyof WindowEventMap>(
    name: Name,
    handle: (event: WindowEventMap[Name]) => void,
  ) => window.addEventListener(name, handle, { signal: listening.signal });

  on("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    // Without this the browser opens the file in place of the studio.
    event.preventDefault();
    setIsOver(true);
  });
  on("dragleave", (event) => {
    // Only the one that leaves the window has nothing to go to.
    if (event.relatedTarget === null) setIsOver(false);
  });
  on("drop", (event) => {
    setIsOver(false);
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    readDrop(event.dataTransfer)
      .then(sortDrop)
      .then(take)
      .catch((error: unknown) => setNotice(toErrorRecord(error)));
  });
  return () => listening.abort();
}

function take(drop: Drop): void {
  switch (drop.kind) {
    case "dataset": {
      const runId = predictingRun();
      if (runId === null) actions().chooseDataset(drop.file);
      else actions().predictFile(runId, drop.file);
      return;
    }
    case "model": {
      const [file] = drop.files;
      if (getPage() === "history" && drop.files.length === 1 && file !== undefined) {
        actions().importRun(file);
        return;
      }
      actions().importModel(drop.files);
      goTo("model");
      return;
    }
    case "several":
      setNotice({ message: words.several(drop.count), hint: words.severalHint });
      return;
    case "nothing":
      return;
    default:
      drop satisfies never;
  }
}

/** The run that predicts a dropped table: the one whose results are on the screen. */
function predictingRun(): string | null {
  const run = getRun();
  const isShown = getPage() === "results" && run?.results != null && run.checkpoints.length > 0;
  return isShown ? run.record.id : null;
}

/** What becomes of a drop on this page. */
function wordsHere(): string {
  if (predictingRun() !== null) return words.onResults;
  return getPage() === "history" ? words.onHistory : words.words;
}
