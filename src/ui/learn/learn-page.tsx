// Each notion of the studio in plain sentences, with the shown run's numbers. Arguments link to their notion here.
import { useEffect, useRef } from "react";
import type { Run } from "../../state/run-state.ts";
import { useRun } from "../../state/run-store.ts";
import { useAnchor } from "../../state/studio-store.ts";
import { en } from "../text/en.ts";
import styles from "./learn-page.module.css";
import { type Notion, notions } from "./notions.ts";
import { numbersOf } from "./this-run.ts";

const words = en.learn;
const idOf = (notion: string) => `learn-${notion}`;

export function LearnPage() {
  const run = useRun();
  const anchor = useAnchor();
  const page = useRef<HTMLDivElement>(null);
  const show = (notion: string) => {
    const section = page.current?.querySelector<HTMLElement>(`#${idOf(notion)}`);
    section?.scrollIntoView({ block: "start" });
    // Readers and keys go on from there.
    section?.focus({ preventScroll: true });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the page opens at a notion, not at each drawing.
  useEffect(() => {
    if (anchor !== null) show(anchor);
  }, [anchor]);
  return (
    <div ref={page} className={styles.page}>
      <header>
        <h1>{words.title}</h1>
        <p className="muted">
          {words.intro} {run === null ? words.numbersOfNone : words.numbersOf(run.record.name)}
        </p>
      </header>
      <nav className={styles.contents} aria-label={words.contents}>
        <ul>
          {notions.map((notion) => (
            <li key={notion}>
              <button type="button" className="link" onClick={() => show(notion)}>
                {words.notions[notion].title}
              </button>
            </li>
          ))}
        </ul>
      </nav>
      <div className={styles.notions}>
        {notions.map((notion) => (
          <Section key={notion} notion={notion} run={run} />
        ))}
      </div>
    </div>
  );
}

interface SectionProps {
  readonly notion: Notion;
  readonly run: Run | null;
}

function Section({ notion, run }: SectionProps) {
  const { title, text } = words.notions[notion];
  const numbers = run === null ? null : numbersOf(notion, run);
  return (
    <section
      id={idOf(notion)}
      className={styles.notion}
      tabIndex={-1}
      aria-labelledby={`${idOf(notion)}-title`}
    >
      <h2 id={`${idOf(notion)}-title`}>{title}</h2>
      {text.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      {numbers === null ? null : (
        <p className={styles.numbers}>
          <b>{words.thisRun}</b> {numbers}
        </p>
      )}
    </section>
  );
}
