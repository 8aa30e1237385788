// Any text, and what the model says to it: the shown run's best checkpoint, or a base model that has a head.
import { MessageSquare } from "lucide-react";
import { useState } from "react";
import { formatFixed } from "../../lib/format.ts";
import { useRun } from "../../state/run-store.ts";
import { goTo, useModel } from "../../state/studio-store.ts";
import type { Prediction } from "../../worker/protocol.ts";
import { TryIt } from "../model/try-it.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { en } from "../text/en.ts";
import styles from "./playground-page.module.css";

const words = en.playground;

/** One text with its likeliest class. */
interface Try {
  readonly id: number;
  readonly text: string;
  readonly label: string;
  readonly probability: number;
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
    setTries((earlier) => [{ id: earlier.length, text, ...likeliest(prediction) }, ...earlier]);
  return (
    <div className={styles.page}>
      <header>
        <h1>{words.title}</h1>
        <p className="muted">
          {words.words} {hasRun ? words.from(run.record.name) : words.fromModel(name)}
        </p>
      </header>
      <TryIt title={en.results.tryIt} from={from} onPrediction={remember} />
      {tries.length === 0 ? null : (
        <Card title={words.tries}>
          <ul className={styles.tries}>
            {tries.map(({ id, text, label, probability }) => (
              <li key={id}>
                <span>{text}</span>
                <span className="muted">{words.sure(label, formatFixed(probability, 3))}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}

function likeliest({ labels, after }: Prediction): { label: string; probability: number } {
  const probability = Math.max(...after);
  return { label: labels[after.indexOf(probability)] ?? "", probability };
}
