// The playground: whose weights write, what they are asked, and how. Classifiers have a view of their own.
import { Calculator, MessageSquare } from "lucide-react";
import { useEffect } from "react";
import { actions } from "../../state/actions.ts";
import {
  changePlayground,
  type PlaygroundView,
  playgroundViews,
  usePlaygroundStore,
} from "../../state/playground-store.ts";
import { useLiveRun, useStoredRuns } from "../../state/run-store.ts";
import { goTo, useModelOptions } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { Loading } from "../parts/loading.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { en } from "../text/en.ts";
import { ChatView } from "./chat-view.tsx";
import { ClassifyView, useClassifier } from "./classify-view.tsx";
import { HeldOutPanel } from "./held-out-panel.tsx";
import { Parameters } from "./parameters.tsx";
import styles from "./playground-page.module.css";
import { ReasoningView } from "./reasoning-view.tsx";
import { ScoreView } from "./score-view.tsx";
import { SourceChoice } from "./source-choice.tsx";
import { TextView } from "./text-view.tsx";

const words = en.playground;

const contents = {
  text: TextView,
  chat: ChatView,
  reasoning: ReasoningView,
  score: ScoreView,
  classify: ClassifyView,
};

export function PlaygroundPage() {
  const options = usePlaygroundStore((state) => state.options);
  const asked = usePlaygroundStore((state) => state.view);
  const classifier = useClassifier();
  const models = useModelOptions();
  const runs = useStoredRuns();
  // New models, runs and their ends change who can write.
  const known = [
    ...models.map(({ id }) => id),
    ...runs.map(({ record, status }) => `${record.id} ${status}`),
  ].join();
  useEffect(() => {
    if (known !== "") actions().listGenerators();
  }, [known]);
  if (options === null) return <Loading title={words.looking} />;
  const canWrite = options.length > 0;
  if (!canWrite && !classifier.isThere) return <Nothing />;
  const views = playgroundViews.filter((view) =>
    view === "classify" ? classifier.isThere : canWrite,
  );
  const fitting: PlaygroundView = classifier.isThere ? "classify" : "text";
  const view = asked !== null && views.includes(asked) ? asked : fitting;
  const Content = contents[view];
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h1>{words.title}</h1>
        {views.length < 2 ? null : (
          <Segmented
            label={words.view}
            value={view}
            onChange={(chosen) => changePlayground({ view: chosen })}
            options={views.map((value) => ({ value, label: words.views[value] }))}
          />
        )}
        {canWrite ? (
          <Button size="small" className={styles.sums} onClick={() => actions().openSums()}>
            <Calculator aria-hidden="true" /> {words.openSums}
          </Button>
        ) : null}
      </header>
      {view === "classify" ? (
        <ClassifyView />
      ) : (
        <div className={styles.columns}>
          <div className={styles.main}>
            <SourceChoice isSingle={view === "score"} />
            <WaitingNote />
            <Content />
          </div>
          <aside className={styles.side}>
            <HeldOutPanel view={view} />
            <Parameters isScored={view === "score"} />
          </aside>
        </div>
      )}
    </div>
  );
}

/** Why nothing is written although something was asked. */
function WaitingNote() {
  const run = useLiveRun();
  const busy = usePlaygroundStore((state) => state.busy);
  if (run === null || run.phase === "paused" || busy === null) return null;
  return (
    <p className={styles.note} role="status">
      {words.waitsFor(run.record.name)}
    </p>
  );
}

function Nothing() {
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
