// "Continue with changes": the settings that can sensibly change in the middle of a run, what is kept, and what changes.
import { type RefObject, useState } from "react";
import { type TrainingArguments, trainingArgumentFields } from "../../config/training-arguments.ts";
import { type ErrorRecord, toErrorRecord } from "../../lib/errors.ts";
import { actions } from "../../state/actions.ts";
import type { Run } from "../../state/run-state.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { Field } from "../parts/field.tsx";
import { NumberInput } from "../parts/number-input.tsx";
import { en } from "../text/en.ts";
import styles from "./continue-dialog.module.css";

const words = en.resume.dialog;

const names = [
  "learning_rate",
  "num_train_epochs",
  "weight_decay",
  "max_grad_norm",
  "logging_steps",
  "eval_steps",
  "save_steps",
  "save_total_limit",
] as const;
type Name = (typeof names)[number];

/** What one press of a field's button adds. */
const steps: Readonly<Record<Exclude<Name, "learning_rate">, number>> = {
  num_train_epochs: 1,
  weight_decay: 0.01,
  max_grad_norm: 0.5,
  logging_steps: 5,
  eval_steps: 10,
  save_steps: 10,
  save_total_limit: 1,
};

interface ContinueDialogProps {
  readonly run: Run;
  readonly path: string;
  readonly dialog: RefObject<HTMLDialogElement | null>;
}

export function ContinueDialog({ run, path, dialog }: ContinueDialogProps) {
  const [draft, setDraft] = useState(() => draftOf(run.record.arguments));
  const [error, setError] = useState<ErrorRecord | null>(null);
  const start = async () => {
    const { changes, problem } = readDraft(draft, run.record.arguments);
    setError(problem);
    if (problem !== null) return;
    try {
      await actions().continueRun(run.record.id, path, changes);
      dialog.current?.close();
    } catch (caught) {
      setError(toErrorRecord(caught));
    }
  };
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="continue-title">
      <h2 id="continue-title">{words.title(path)}</h2>
      <p className="muted small">{words.words}</p>
      <p className="muted small">{words.kept}</p>
      <p className="muted small">{words.changes}</p>
      <div className={styles.fields}>
        {names.map((name) => {
          const field = trainingArgumentFields[name];
          const id = `continue-${name}`;
          const label =
            name in words.labels ? words.labels[name as keyof typeof words.labels] : field.label;
          return (
            <Field key={name} label={label} name={name} htmlFor={id}>
              <NumberInput
                name={`continue_${name}`}
                id={id}
                value={draft[name]}
                onChange={(value) => setDraft({ ...draft, [name]: value })}
                step={name === "learning_rate" ? "leading digit" : steps[name]}
                min={0}
              />
            </Field>
          );
        })}
      </div>
      {error === null ? null : <ErrorNote error={error} />}
      <div className={styles.buttons}>
        <Button onClick={() => dialog.current?.close()}>{words.cancel}</Button>
        <Button variant="primary" onClick={start}>
          {words.start}
        </Button>
      </div>
    </dialog>
  );
}

type Draft = Readonly<Record<Name, string>>;

const draftOf = (args: TrainingArguments): Draft =>
  Object.fromEntries(
    names.map((name) => [name, args[name] === null ? "" : String(args[name])]),
  ) as Draft;

/** What differs from the run's own settings. */
function readDraft(draft: Draft, args: TrainingArguments) {
  const changes: Record<string, unknown> = {};
  for (const name of names) {
    const text = draft[name].trim();
    const value = text === "" ? null : Number(text);
    if (value === args[name]) continue;
    const parsed = trainingArgumentFields[name].schema.safeParse(value);
    if (!parsed.success) {
      const message = `${name}: ${parsed.error.issues[0]?.message ?? ""}`;
      return { changes: {}, problem: { message } };
    }
    changes[name] = parsed.data;
  }
  return { changes: changes as Partial<TrainingArguments>, problem: null };
}
