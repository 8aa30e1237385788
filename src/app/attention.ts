// What the page does so that a long run is neither missed nor cut off: the screen stays awake, leaving asks first, and the
// end is told. Each is done only while it is needed.
import { mainScore, type RunEvent } from "../config/events.ts";
import { formatFixed } from "../lib/format.ts";
import { setTellsEnd, type TellsEnd } from "../state/attention-store.ts";
import { bestEvaluation, isLive, type Run } from "../state/run-state.ts";
import { getLiveRun, getLoadedRun, subscribeToRuns } from "../state/run-store.ts";
import { en } from "../ui/text/en.ts";

const words = en.attention;
const key = "finetune-studio-tell-end";

/** Starts to watch the runs. Called once. */
export function startAttention(): void {
  setTellsEnd(readTellsEnd());
  const screen = createScreenLock();
  let isGuarded = false;
  subscribeToRuns(() => {
    const live = getLiveRun();
    // A guard that is always there would keep the browser from storing the page for its back button.
    if ((live !== null) !== isGuarded) {
      isGuarded = live !== null;
      if (isGuarded) addEventListener("beforeunload", askBeforeLeaving);
      else removeEventListener("beforeunload", askBeforeLeaving);
    }
    screen.hold(live !== null && live.phase !== "paused");
  });
}

/** The browser asks in its own words whether to leave. */
function askBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** Keeps the screen on. The browser takes the lock away from a hidden page, so it is asked for again when the page is back. */
function createScreenLock() {
  let isWanted = false;
  let lock: WakeLockSentinel | undefined;
  let isAsking = false;
  const ask = async () => {
    if (!isWanted || isAsking || document.visibilityState !== "visible") return;
    if (lock !== undefined && !lock.released) return;
    isAsking = true;
    try {
      lock = await navigator.wakeLock?.request("screen");
      if (!isWanted) await lock?.release();
    } catch {
      // The browser refuses on low battery, for example: the run goes on all the same.
    } finally {
      isAsking = false;
    }
  };
  document.addEventListener("visibilitychange", () => void ask());
  return {
    hold(next: boolean) {
      if (next === isWanted) return;
      isWanted = next;
      if (isWanted) void ask();
      else void lock?.release();
    },
  };
}

/** Asks for the permission, or switches the news of the end off again. Only on a user's click. */
export async function toggleTellsEnd(): Promise<void> {
  if (readTellsEnd() === "yes") return keep("no");
  if (typeof Notification === "undefined") return;
  const permission = await Notification.requestPermission();
  keep(permission === "granted" ? "yes" : "no");
}

function keep(choice: "yes" | "no"): void {
  try {
    localStorage.setItem(key, choice);
  } catch {
    // Without storage the permission alone decides.
  }
  setTellsEnd(readTellsEnd());
}

function readTellsEnd(): TellsEnd {
  if (typeof Notification === "undefined") return "unavailable";
  if (Notification.permission === "denied") return "denied";
  if (Notification.permission !== "granted") return "no";
  try {
    return localStorage.getItem(key) === "yes" ? "yes" : "no";
  } catch {
    return "yes";
  }
}

/** Tells the end of a run to someone who looks elsewhere. */
export function tellEnd(events: readonly RunEvent[]): void {
  const end = events.find((event) => event.type === "ended");
  if (end === undefined || readTellsEnd() !== "yes" || document.visibilityState === "visible")
    return;
  const run = getLoadedRun(end.runId);
  if (run === undefined || isLive(run)) return;
  void show(words.title(run.record.name, en.run.phases[run.phase]), describe(run));
}

function describe(run: Run): string {
  if (run.error !== null) return run.error.message;
  const best = bestEvaluation(run);
  return best === null ? "" : words.best(formatFixed(mainScore(best).value, 3), best.step);
}

async function show(title: string, body: string): Promise<void> {
  const options = { body, tag: "finetune-studio-run", icon: "icon.svg" };
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => window.focus();
  } catch {
    // Android shows notifications of a service worker only.
    const registration = await navigator.serviceWorker?.getRegistration();
    await registration?.showNotification(title, options).catch(() => {});
  }
}
