// Any text, and what the model says to it: the shown run's best checkpoint, or a base model that has a head.
import { useState } from "react";
import { usePlaygroundStore } from "../../state/playground-store.ts";
import { useRun } from "../../state/run-store.ts";
import { useModel } from "../../state/studio-store.ts";
import type { Prediction } from "../../worker/protocol.ts";
import { describeAnswer } from "../model/answers.tsx";
import { TryIt } from "../model/try-it.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import styles from "./classify-view.module.css";

const words = en.playground;

/** One text with its answer. */
interface Try {
  readonly id: number;
  readonly text: string;
  readonly answer: string;
}

/** What there is to classify with: the shown run's best checkpoint, or the chosen model's own head. */
export function useClassifier() {
  const run = useRun();
  const model = useModel();
  const writers = usePlaygroundStore((state) => state.options);
  const isWriter =
    run !== null && writers?.some(({ key }) => key.startsWith(`run ${run.record.id} `)) === true;
  const hasRun = run !== null && run.checkpoints.length > 0 && !isWriter;
  const hasHead = model.status === "ready" && model.summary.labels !== null;
  return { run, model, hasRun, isThere: hasRun || hasHead };
}

export function ClassifyView() {
  const { run, model, hasRun } = useClassifier();
  const [tries, setTries] = useState<readonly Try[]>([]);
  const from = run !== null && hasRun ? { runId: run.record.id } : { modelId: model.id };
  const name = model.status === "ready" ? model.summary.name : "";
  const remember = (text: string, prediction: Prediction) =>
    setTries((earlier) => [
      { id: earlier.length, text, answer: describeAnswer(prediction) },
      ...earlier,
    ]);
  return (
    <div className={styles.page}>
      <p className="muted">
        {words.words} {run !== null && hasRun ? words.from(run.record.name) : words.fromModel(name)}
      </p>
      <TryIt
        title={en.results.tryIt}
        from={from}
        hasPair={run !== null && hasRun && run.record.dataset.text_pair_column !== null}
        onPrediction={remember}
      />
      {tries.length === 0 ? null : (
        <Card title={words.tries}>
          <ul className={styles.tries}>
            {tries.map(({ id, text, answer }) => (
              <li key={id}>
                <span>{text}</span>
                <span className="muted">{answer}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}
