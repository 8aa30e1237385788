// One run, live or stored: verdict, curves, log and checkpoints.
import { Activity } from "lucide-react";
import { taskOf } from "../../config/problem-type.ts";
import { toErrorRecord } from "../../lib/errors.ts";
import { formatCount, formatRate } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { isLive, lastGoodCheckpoint, type Run } from "../../state/run-state.ts";
import { useRun, useStoredRuns } from "../../state/run-store.ts";
import { goTo, setNotice } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";
import { CheckpointsPanel } from "./checkpoints-panel.tsx";
import { ComparisonPanel } from "./comparison-panel.tsx";
import { DevicePanel } from "./device-panel.tsx";
import { LiveNotes } from "./live-notes.tsx";
import { LogPanel } from "./log-panel.tsx";
import { LossPanel } from "./loss-panel.tsx";
import { PerformancePanel } from "./performance-panel.tsx";
import { QueuePanel } from "./queue-panel.tsx";
import { ResumeButton, useResumeWords, WaysOn } from "./resume-buttons.tsx";
import styles from "./run-page.module.css";
import { SidePanel } from "./side-panel.tsx";
import { TellEnd } from "./tell-end.tsx";
import { TokenFigures } from "./token-figures.tsx";
import { judge } from "./verdict.ts";
import { VerifyButton } from "./verify-button.tsx";

const words = en.run;

export function RunPage() {
  const run = useRun();
  const stored = useStoredRuns();
  if (run === null) {
    return (
      <>
        <EmptyState
          icon={<Activity aria-hidden="true" />}
          title={words.none}
          action={
            <>
              <Button onClick={() => goTo("data")}>{words.toData}</Button>
              <Button onClick={() => goTo("training")}>{words.toTraining}</Button>
              {stored.length === 0 ? null : (
                <Button onClick={() => goTo("history")}>{words.toHistory}</Button>
              )}
            </>
          }
        >
          {words.noneWords}
        </EmptyState>
        <QueuePanel />
        <DevicePanel />
      </>
    );
  }
  const verdict = judge(run);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.title}>
          <h1>{run.record.name}</h1>
          <p className="muted small">{facts(run)}</p>
        </div>
        <HeadButtons run={run} />
      </header>
      <RunNotes run={run} />
      <div className={styles.told}>
        <p className={styles.verdict}>
          <strong>{verdict.lead}</strong> {verdict.figures}
        </p>
        {isLive(run) ? null : (
          <div className={styles.buttons}>
            <WaysOn run={run} />
            {run.step > 0 ? <VerifyButton runId={run.record.id} /> : null}
          </div>
        )}
      </div>
      {taskOf(run.record.dataset) === "language_modeling" ? <TokenFigures run={run} /> : null}
      <div className={styles.grid}>
        <LossPanel run={run} />
        <SidePanel run={run} />
        <LogPanel run={run} />
        <CheckpointsPanel run={run} />
      </div>
      <PerformancePanel run={run} />
      <DevicePanel />
      <ComparisonPanel run={run} />
      <QueuePanel />
    </div>
  );
}

const started = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

function facts({ record, header }: Run): string {
  const mode = words.modes[record.mode];
  const at = started.format(new Date(record.created_at));
  const { seed } = record.arguments;
  return header === null
    ? words.factsEarly(mode, seed, at)
    : words.facts(mode, header.numExamples, seed, at);
}

function HeadButtons({ run }: { readonly run: Run }) {
  const { id } = run.record;
  const canDownload = run.checkpoints.length > 0;
  return (
    <div className={styles.buttons}>
      {isLive(run) ? <TellEnd /> : null}
      <Button onClick={() => actions().copyRun(id)}>{words.newRun}</Button>
      {canDownload ? (
        <Button onClick={() => actions().downloadCheckpoint(id)}>{words.download}</Button>
      ) : null}
      {isLive(run) ? null : <ResumeButton run={run} />}
      {run.results === null ? null : (
        <Button variant="primary" onClick={() => goTo("results")}>
          {words.toResults}
        </Button>
      )}
    </div>
  );
}

/** What a reader must know about a run that does not simply go on. */
function RunNotes({ run }: { readonly run: Run }) {
  const { isExact, title } = useResumeWords(run);
  const whyNot = isExact ? "" : ` ${title}`;
  switch (run.phase) {
    case "failed":
      return run.error === null ? null : (
        <ErrorNote
          error={{
            message: run.error.message,
            hint: [run.error.hint, words.keptHint(run.checkpoints.length), noneGood(run)]
              .filter(Boolean)
              .join(" "),
          }}
          action={<GoBack run={run} />}
        />
      );
    case "interrupted":
      return (
        <ErrorNote
          tone="warning"
          error={{
            message: run.note ?? words.interruptedTitle,
            hint: `${words.interruptedHint} ${words.step(run.step, run.header?.maxSteps ?? run.step)}.${whyNot}`,
          }}
        />
      );
    case "stopped":
      return (
        <ErrorNote
          tone="warning"
          error={{
            message: words.stoppedTitle,
            hint: `${words.stoppedHint} ${formatCount(run.step)} / ${formatCount(run.header?.maxSteps)}.${whyNot}`,
          }}
        />
      );
    default:
      return <LiveNotes run={run} />;
  }
}

const leftTheNumbers = (run: Run) => run.error?.code === "not-finite";

const noneGood = (run: Run) =>
  leftTheNumbers(run) && run.checkpoints.length > 0 && lastGoodCheckpoint(run) === null
    ? en.resume.noneGood
    : "";

/** After a loss that was not finite: back to the last good checkpoint, or to the start, with a tenth of the rate. */
function GoBack({ run }: { readonly run: Run }) {
  if (!leftTheNumbers(run)) return null;
  const good = lastGoodCheckpoint(run);
  const rate = Number((run.record.arguments.learning_rate / 10).toPrecision(3));
  const goOn = () =>
    actions()
      .continueRun(run.record.id, good?.path ?? null, { learning_rate: rate })
      .catch((error: unknown) => setNotice(toErrorRecord(error)));
  return (
    <Button size="small" variant="primary" onClick={goOn}>
      {good === null
        ? en.resume.startLower(formatRate(rate))
        : en.resume.goBack(`checkpoint-${good.step}`, formatRate(rate))}
    </Button>
  );
}
