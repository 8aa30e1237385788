// Asks a run's best checkpoint, or a base model's own head, about one text.
import { type FormEvent, useState } from "react";
import { type ErrorRecord, toErrorRecord } from "../../lib/errors.ts";
import { actions } from "../../state/actions.ts";
import type { Prediction } from "../../worker/protocol.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";
import { Answers } from "./answers.tsx";
import styles from "./try-it.module.css";

const words = en.model.tryIt;

type Answer =
  | { readonly status: "none" }
  | { readonly status: "working"; readonly previous: Prediction | null }
  | { readonly status: "predicted"; readonly prediction: Prediction }
  | { readonly status: "failed"; readonly error: ErrorRecord };

interface TryItProps {
  readonly title: string;
  readonly from: { runId: string } | { modelId: string };
  /** The model reads pairs of texts. */
  readonly hasPair?: boolean;
  /** Told of every answer. */
  readonly onPrediction?: (text: string, prediction: Prediction) => void;
}

export function TryIt({ title, from, hasPair = false, onPrediction }: TryItProps) {
  const [text, setText] = useState("");
  const [pair, setPair] = useState("");
  const isTyped = text.trim() !== "" && (!hasPair || pair.trim() !== "");
  const [answer, setAnswer] = useState<Answer>({ status: "none" });
  const shown =
    answer.status === "predicted"
      ? answer.prediction
      : answer.status === "working"
        ? answer.previous
        : null;

  const predict = async (event: FormEvent) => {
    event.preventDefault();
    if (!isTyped || answer.status === "working") return;
    setAnswer({ status: "working", previous: shown });
    try {
      const prediction = await actions().predict(hasPair ? { text, pair } : { text }, from);
      setAnswer({ status: "predicted", prediction });
      onPrediction?.(hasPair ? `${text} ¦ ${pair}` : text, prediction);
    } catch (error) {
      setAnswer({ status: "failed", error: toErrorRecord(error) });
    }
  };

  return (
    <Card title={title}>
      <form className={styles.form} onSubmit={predict}>
        <input
          className={styles.text}
          name="text"
          aria-label={words.label}
          placeholder={words.placeholder}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {hasPair ? (
          <input
            className={styles.text}
            name="text_pair"
            aria-label={en.kinds.tryIt.pairLabel}
            placeholder={en.kinds.tryIt.pairPlaceholder}
            value={pair}
            onChange={(event) => setPair(event.target.value)}
          />
        ) : null}
        <Button type="submit" disabled={!isTyped || answer.status === "working"}>
          {answer.status === "working" ? words.working : words.predict}
        </Button>
      </form>
      <div className={styles.answer} aria-live="polite">
        {shown === null ? null : <Answers prediction={shown} />}
        {answer.status === "failed" ? <ErrorNote error={answer.error} /> : null}
      </div>
    </Card>
  );
}
