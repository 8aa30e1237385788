// Any text, and what the model says to it: the shown run's best checkpoint, or a base model that has a head.
import { MessageSquare } from "lucide-react";
import { useState } from "react";
import { useRun } from "../../state/run-store.ts";
import { goTo, useModel } from "../../state/studio-store.ts";
import type { Prediction } from "../../worker/protocol.ts";
import { describeAnswer } from "../model/answers.tsx";
import { TryIt } from "../model/try-it.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { en } from "../text/en.ts";
import styles from "./playground-page.module.css";

const words = en.playground;

/** One text with its answer. */
interface Try {
  readonly id: number;
  readonly text: string;
  readonly answer: string;
}

export function PlaygroundPage() {
  const run = useRun();
  const model = useModel();
  const [tries, setTries] = useState<readonly Try[]>([]);
  const hasRun = run !== null && run.checkpoints.length > 0;
  const hasHead = model.status === "ready" && model.summary.labels !== null;
  if (!hasRun && !hasHead) {
    return (
      <EmptyState
        icon={<MessageSquare aria-hidden="true" />}
        title={words.none}
        action={
          <>
            <Button onClick={() => goTo("training")}>{words.toTraining}</Button>
            <Button onClick={() => goTo("model")}>{words.toModel}</Button>
          </>
        }
      >
        {words.noneWords}
      </EmptyState>
    );
  }
  const from = hasRun ? { runId: run.record.id } : { modelId: model.id };
  const name = model.status === "ready" ? model.summary.name : "";
  const remember = (text: string, prediction: Prediction) =>
    setTries((earlier) => [
      { id: earlier.length, text, answer: describeAnswer(prediction) },
      ...earlier,
    ]);
  return (
    <div className={styles.page}>
      <header>
        <h1>{words.title}</h1>
        <p className="muted">
          {words.words} {hasRun ? words.from(run.record.name) : words.fromModel(name)}
        </p>
      </header>
      <TryIt
        title={en.results.tryIt}
        from={from}
        hasPair={hasRun && run.record.dataset.text_pair_column !== null}
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
