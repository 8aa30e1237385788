// Starts the run that the form describes; while another one goes on, it is queued. And the three runs that compare.
import { useEffect, useState } from "react";
import { actions } from "../../state/actions.ts";
import { useQueue } from "../../state/queue-store.ts";
import { useLiveRun } from "../../state/run-store.ts";
import { Button } from "../parts/button.tsx";
import { en } from "../text/en.ts";
import { MissingList } from "./missing-list.tsx";
import styles from "./start-buttons.module.css";
import type { FormCheck } from "./use-form-check.ts";
import { useMissing } from "./use-missing.ts";

const words = en.starting;

type Asked = "startTraining" | "startComparison";

export function StartButtons({ check }: { readonly check: FormCheck }) {
  const live = useLiveRun();
  const queue = useQueue();
  const missing = useMissing(check);
  const [asked, setAsked] = useState<Asked | "shown" | null>(null);
  const isLanguage = check.form.problemType === "language_modeling";
  const isReady = missing.length === 0;
  // A press that came before everything was loaded is kept: the run starts when what was on its way is there.
  // A press that met a mistake is not: mending the mistake must not start a run by surprise.
  useEffect(() => {
    if (asked === null || asked === "shown" || !isReady) return;
    setAsked(null);
    actions()[asked]();
  }, [asked, isReady]);
  const press = (what: Asked) =>
    setAsked(missing.every(({ isComing }) => isComing) ? what : "shown");
  return (
    <div className={styles.start}>
      <Button variant="primary" onClick={() => press("startTraining")}>
        {live === null ? en.training.start : words.queue}
      </Button>
      {live === null ? null : <p className="muted small">{words.queueWords(live.record.name)}</p>}
      {queue.length === 0 ? null : <p className="muted small">{words.waiting(queue.length)}</p>}
      {asked !== null && missing.length > 0 ? (
        <MissingList missing={missing} onClose={() => setAsked(null)} />
      ) : null}
      <Button onClick={() => press("startComparison")}>
        {isLanguage ? words.compareTwo : words.compare}
      </Button>
      <p className="muted small">{isLanguage ? words.compareTwoWords : words.compareWords}</p>
    </div>
  );
}
