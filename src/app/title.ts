// The document title: a run's progress is readable in the tab strip.
import { isLive, type Run } from "../state/run-state.ts";

const studio = "Finetune Studio";

/** Shows the run's percentage while it lives, its end afterwards. */
export function showTitle(run: Run | null): void {
  document.title = run === null ? studio : `${progress(run)} · ${run.record.name} · ${studio}`;
}

function progress(run: Run): string {
  if (!isLive(run)) return run.phase;
  const maxSteps = run.header?.maxSteps ?? 0;
  const share = maxSteps === 0 ? 0 : run.step / maxSteps;
  const percentage = `${Math.floor(share * 100)} %`;
  return run.phase === "paused" ? `${percentage} paused` : percentage;
}
