// A run's events as lines of the log panel.
import type { RunEvent } from "../../config/events.ts";
import { mainResult, mainScore } from "../../config/events.ts";
import { formatDuration, formatFixed, formatRate } from "../../lib/format.ts";
import { en } from "../text/en.ts";

const words = en.run.events;

export interface LogLine {
  readonly step: number | null;
  readonly text: string;
  readonly tone: "plain" | "best" | "warn" | "danger";
}

/** What a fast run tells hundreds of times a second. */
const routine: ReadonlySet<RunEvent["type"]> = new Set([
  "logged",
  "evaluated",
  "epochEnded",
  "checkpointSaved",
  "checkpointDeleted",
]);

/**
 * The log's newest lines, newest first: at most so many of a training's routine, and as many others. In one list the routine
 * would soon push out of sight that a run was resumed, or what it warned of. A line says where routine is left out.
 */
export function newestLines(events: readonly RunEvent[], most: number) {
  const left = { routine: most, news: most };
  let isGapTold = false;
  const lines: (LogLine & { readonly index: number })[] = [];
  for (let index = events.length - 1; index >= 0 && left.routine + left.news > 0; index -= 1) {
    const event = events[index];
    if (event === undefined) break;
    const kind = routine.has(event.type) ? "routine" : "news";
    if (left[kind] === 0) {
      if (kind === "routine" && !isGapTold) lines.push({ ...plain(null, words.gap), index });
      isGapTold ||= kind === "routine";
      continue;
    }
    const line = describeEvent(event);
    if (line === null) continue;
    left[kind] -= 1;
    lines.push({ ...line, index });
  }
  return lines;
}

/** One line, or null for what says nothing that a reader misses. */
function describeEvent(event: RunEvent): LogLine | null {
  switch (event.type) {
    case "logged": {
      const { step, loss, grad_norm, learning_rate, epoch } = event.row;
      return plain(
        step,
        `loss ${number(loss)}   grad_norm ${number(grad_norm, 3)}   learning_rate ${formatRate(learning_rate)}   epoch ${formatFixed(epoch, 2)}`,
      );
    }
    case "evaluated": {
      const { step, eval_loss } = event.row;
      const score = mainScore(event.row);
      const text = `eval_loss ${number(eval_loss)}   eval_${score.name} ${formatFixed(score.value ?? undefined, 4)}`;
      return event.isBest
        ? { step, text: `${text}   ${words.newBest}`, tone: "best" }
        : plain(step, text);
    }
    case "started":
      return plain(event.fromStep, words.started(event.fromStep, event.header.backend));
    case "baselinesMeasured": {
      const { metric, chance, majority, wordCounts } = event.baselines;
      const by = chance === null ? null : formatFixed(chance, 3);
      const [always, counted] = [formatFixed(majority, 3), formatFixed(wordCounts, 3)];
      return plain(null, words.baselines(metric, by, always, counted));
    }
    case "epochEnded":
      return plain(event.step, words.epoch(formatFixed(event.epoch, 2)));
    case "checkpointSaved":
      return plain(
        event.checkpoint.step,
        words.saved(event.checkpoint.path, formatDuration(event.duration)),
      );
    case "checkpointDeleted":
      return plain(
        event.step,
        event.by === "user" ? words.deletedByUser(event.path) : words.deleted(event.path),
      );
    case "bestLoaded":
      return plain(event.step, words.bestLoaded(event.path));
    case "summarized": {
      const { step, train_loss, train_runtime } = event.row;
      return plain(step, words.summary(number(train_loss), formatDuration(train_runtime * 1000)));
    }
    case "resultsMeasured": {
      const { name, value } = mainResult(event.results);
      return plain(event.results.step, words.results(name, formatFixed(value, 4)));
    }
    case "warned":
      return { step: null, text: event.message, tone: "warn" };
    case "bestNotSaved":
      return {
        step: event.step,
        text: en.resume.events.bestNotSaved(event.step, formatFixed(event.metric, 4)),
        tone: "warn",
      };
    case "performanceMeasured":
      return null;
    case "savingNewBest":
      return plain(null, en.resume.events.savingNewBest);
    case "deviceLost":
      return { step: null, text: event.message, tone: "danger" };
    case "storageFull":
      return {
        step: event.step,
        text: en.resume.events.storageFull(event.step, event.bytes),
        tone: "danger",
      };
    case "historyTaken":
      return plain(event.checkpoint.step, en.resume.events.historyTaken(event.rows.length));
    case "recovered":
      return { step: null, text: event.message, tone: "warn" };
    case "mirrorStarted":
      return plain(null, en.mirror.events.started(event.folder));
    case "mirrorStopped":
      return { step: null, text: event.message, tone: "warn" };
    case "ended":
      return event.phase === "failed"
        ? { step: null, text: event.error?.message ?? words.ended(event.phase), tone: "danger" }
        : plain(null, words.ended(event.phase));
    case "phaseChanged":
    case "step":
      return null;
    default:
      return event satisfies never;
  }
}

const plain = (step: number | null, text: string): LogLine => ({ step, text, tone: "plain" });
const number = (value: number | null, decimals = 4) =>
  value === null ? words.noValue : formatFixed(value, decimals);
