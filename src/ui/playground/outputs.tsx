// What the models write, as it comes: one panel a model, the prompt before it in grey.
import type { ReactNode } from "react";
import { formatFixed } from "../../lib/format.ts";
import { type Output, usePlaygroundStore } from "../../state/playground-store.ts";
import { Card } from "../parts/card.tsx";
import { CopyButton } from "../parts/copy-button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";
import styles from "./outputs.module.css";

const words = en.playground;

export function Outputs({ prompt }: { readonly prompt: string }) {
  return (
    <OutputPanels
      content={(output) => (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
          <p className={styles.text} tabIndex={0}>
            <span className="faint">{output.result?.prompt ?? prompt}</span>
            {output.texts[0]}
          </p>
          {output.phase === "done" && output.texts[0] === "" ? (
            <p className="muted">{words.nothing}</p>
          ) : null}
        </>
      )}
    />
  );
}

/** One panel a model, with its figures, its refusal or its state. */
export function OutputPanels({ content }: { readonly content: (output: Output) => ReactNode }) {
  const outputs = usePlaygroundStore((state) => state.outputs);
  if (outputs.length === 0) return null;
  return (
    <div className={styles.panels}>
      {outputs.map((output, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is what tells two models apart, which may be the same.
        <Card key={index} title={output.name} aside={<Figures output={output} />}>
          {output.error === null ? content(output) : <ErrorNote error={output.error} />}
          {output.error === null ? <State output={output} /> : null}
        </Card>
      ))}
    </div>
  );
}

function Figures({ output }: { readonly output: Output }) {
  const { tokens, milliseconds, phase, texts } = output;
  return (
    <>
      {tokens === 0 ? null : (
        <span className="num">
          {words.speed(tokens, formatFixed((tokens / milliseconds) * 1000, 1))}
        </span>
      )}
      {phase === "done" && texts.length === 1 && texts[0] !== "" ? (
        <CopyButton text={texts[0] ?? ""} />
      ) : null}
    </>
  );
}

function State({ output }: { readonly output: Output }) {
  const { phase, tokens, result } = output;
  const finished = result?.texts.length === 1 ? result.texts[0]?.finished : undefined;
  const state =
    phase === "waiting"
      ? words.waiting
      : phase === "writing"
        ? tokens === 0
          ? words.reading
          : words.writing
        : null;
  return (
    <p className={styles.state} aria-live="polite">
      {state}
      {result === null ? null : words.promptTokens(result.promptTokens)}
      {finished === undefined ? null : ` · ${words.finished[finished]}`}
    </p>
  );
}
