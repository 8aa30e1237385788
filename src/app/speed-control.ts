// Figures of this device's speed: short trials on request, and what finished runs took. Kept in localStorage.
import { z } from "zod";
import type { RunEvent } from "../config/events.ts";
import { type SpeedFigures, speedFiguresSchema, speedKey } from "../config/time-estimate.ts";
import { type Run, updateTime } from "../state/run-state.ts";
import { getLiveRun, getLoadedRun } from "../state/run-store.ts";
import { getSpeedFigures, setMeasuring, setSpeedFigures } from "../state/speed-store.ts";
import { useStudioStore } from "../state/studio-store.ts";
import { keep, readKept } from "./kept.ts";
import type { Link } from "./link.ts";
import { recordFromForm } from "./next-record.ts";

const key = "finetune-studio-speed";
const mostFigures = 60;
const storedSchema = z.object({
  version: z.literal(1),
  figures: z.array(z.tuple([z.string(), speedFiguresSchema])),
});

/** What the page can do with figures of speed. */
export function createSpeedControl(link: Link) {
  const keepFigures = (name: string, figures: SpeedFigures) => {
    const known = [...getSpeedFigures()].filter(([other]) => other !== name);
    const next = [...known, [name, figures] as const].slice(-mostFigures);
    setSpeedFigures(new Map(next));
    keep(key, { figures: next });
  };
  return {
    restore() {
      // Where nothing readable is kept everything is measured anew.
      const stored = storedSchema.safeParse(readKept(key));
      if (stored.success) setSpeedFigures(new Map(stored.data.figures));
    },
    /** Tries the run that the form describes, unless a run needs the device. A trial that fails leaves the time untold. */
    async measure(name: string) {
      if (getLiveRun() !== null || getSpeedFigures().has(name)) return;
      setMeasuring(name);
      try {
        const record = recordFromForm();
        keepFigures(name, await link.request("tryRun", { record, most: null }));
      } catch {
        // Cancelled by a start or a change, or the arguments do not run at all: the start will say why.
      } finally {
        setMeasuring(null);
      }
    },
    /** A finished run knows better than a trial. */
    receive(events: readonly RunEvent[]) {
      for (const event of events) {
        if (event.type !== "ended" || event.phase !== "completed") continue;
        const run = getLoadedRun(event.runId);
        const { device } = useStudioStore.getState();
        const figures = run === undefined ? null : figuresOf(run);
        if (run?.header == null || figures === null || device.status !== "ready") continue;
        keepFigures(speedKey(run.record, device.info.adapter, run.header.numExamples), figures);
      }
    },
  };
}

function figuresOf(run: Run): SpeedFigures | null {
  const { evaluationRows, events, record } = run;
  const update = updateTime(run);
  if (update === null) return null;
  const training = events.find(
    (event) => event.type === "phaseChanged" && event.phase === "training",
  );
  const first = events[0];
  // A resumed run prepared more than once.
  const isWhole = events.filter(({ type }) => type === "started").length === 1;
  if (first === undefined || training === undefined || !isWhole) return null;
  return {
    update,
    evaluation: (evaluationRows.at(-1)?.eval_runtime ?? 0) * 1000,
    preparation: training.time - first.time,
    save: run.saveTime === 0 ? null : run.saveTime,
    run: record.name,
  };
}
