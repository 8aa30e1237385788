// Kills browser, worker or tab at seeded moments of a run that saves after every other update, some of them in the middle of
// a write or of a rotation, and checks what is left.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MersenneTwister } from "../../../src/lib/mersenne-twister.ts";
import { reviews } from "./files.ts";
import { openStudio, type Studio } from "./studio.ts";
import { verifyNewestCheckpoint } from "./verify-storage.ts";

const victims = ["browser", "worker", "tab", "page"] as const;
const moments = ["any", "write", "rotation"] as const;

export interface KillRound {
  /** SIGKILL to the browser, an end from within to the worker, a closed tab, a crash of the page's process. */
  readonly victim: (typeof victims)[number];
  /** While a checkpoint is written, while an old one is deleted, or after a random time. */
  readonly moment: (typeof moments)[number];
  /** Newest checkpoint that was visible afterwards, 0 where there was none. */
  readonly checkpoint: number;
  /** Updates that the page had shown and that have to be made again. */
  readonly lost: number;
}

const saveInterval = 2;

/**
 * Plays the rounds and gives what happened. Throws where a checkpoint is damaged, more than one save interval is lost, or the
 * run cannot go on.
 * @param first number of the first round: victims and moments follow from it.
 */
export async function playKillRounds(
  url: string,
  { rounds, seed, first = 0 }: { rounds: number; seed: number; first?: number },
  tell: (round: KillRound) => void = () => {},
): Promise<KillRound[]> {
  const random = new MersenneTwister(seed);
  const profile = mkdtempSync(join(tmpdir(), "studio-kill-"));
  // With the service worker, as visitors have it.
  const options = { url, profile, backend: "wasm", isKept: true } as const;
  const played: KillRound[] = [];
  let studio = await openStudio(options);
  try {
    await startRun(studio);
    for (let round = first; round < first + rounds; round += 1) {
      // Every victim at every moment in twelve rounds: 4 and 3 have no common divisor.
      const victim = victims[round % victims.length] ?? "browser";
      const moment = moments[round % moments.length] ?? "any";
      await studio.waitForPhase("training", "evaluating");
      // The tab that takes its place stands ready: opening one would take longer than a write.
      if (victim === "tab" || victim === "page") await studio.context.newPage();
      await waitForMoment(studio, moment, random.nextUint32());
      const seen = await studio.step();
      throwOnFaults(studio);
      studio = await kill(studio, victim, options);
      await studio.waitForPhase("interrupted");
      const newest = await verifyNewestCheckpoint(studio.page);
      if (newest !== null && newest.problems.length > 0) {
        throw new Error(`${newest.path} is damaged: ${newest.problems.join("; ")}`);
      }
      const checkpoint = newest?.step ?? 0;
      const lost = Math.max(0, seen - checkpoint);
      if (lost > saveInterval) throw new Error(`${lost} updates are lost after ${victim} died.`);
      const last = { victim, moment, checkpoint, lost };
      played.push(last);
      tell(last);
      await resume(studio, checkpoint);
    }
    await studio.press("Stop");
    await studio.waitForPhase("stopped", "completed");
    throwOnFaults(studio);
    return played;
  } finally {
    await studio.context.close().catch(() => {});
    rmSync(profile, { recursive: true, force: true });
  }
}

/**
 * The writer's lock tells what happens in the storage: a save holds it to write, and then, where it rotates, once more to
 * collect the deleted checkpoint's chunks.
 */
async function waitForMoment(
  { page }: Studio,
  moment: KillRound["moment"],
  random: number,
): Promise<void> {
  if (moment === "any") return page.waitForTimeout(100 + (random % 1500));
  // Some way into it, or at its very beginning.
  const pause = random % 30;
  await page.evaluate(
    async ({ holds, pause }) => {
      const isHeld = async () =>
        (await navigator.locks.query()).held?.some(({ name }) => name === "studio-writer") === true;
      const next = () => new Promise((resolve) => setTimeout(resolve));
      // From a quiet moment on, so that a hold is not counted from its middle.
      let quiet = 0;
      while (quiet < 3) quiet = (await isHeld()) ? 0 : quiet + 1;
      for (let hold = 1; ; hold += 1) {
        while (!(await isHeld())) await next();
        if (hold >= holds) break;
        while (await isHeld()) await next();
      }
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    },
    { holds: moment === "write" ? 1 : 2, pause },
  );
}

/** A killed worker or tab may cut a request short; anything else is a fault of the page. */
function throwOnFaults({ faults }: Studio): void {
  const own = faults.filter((fault) => !fault.startsWith("request failed"));
  if (own.length > 0) throw new Error(`The page had faults:\n${own.join("\n")}`);
}

async function startRun(studio: Studio): Promise<void> {
  await studio.dropDataset(reviews(80));
  await studio.goTo("Training");
  await studio.setArguments({
    num_train_epochs: "400",
    per_device_train_batch_size: "16",
    max_length: "16",
    logging_steps: "1",
    evaluation_strategy: "steps",
    save_strategy: "steps",
  });
  const every = String(saveInterval);
  await studio.setArguments({ eval_steps: every, save_steps: every, save_total_limit: "2" });
  await studio.press("Start training");
}

async function kill(
  studio: Studio,
  victim: KillRound["victim"],
  options: Parameters<typeof openStudio>[0],
): Promise<Studio> {
  switch (victim) {
    case "browser":
      await studio.kill();
      return openStudio(options);
    case "tab":
      return studio.replaceTab();
    case "page":
      return studio.crashTab();
    case "worker":
      await studio.killWorker();
      return studio;
    default:
      return victim satisfies never;
  }
}

/** Goes on and sees that it goes on from the checkpoint: the log says so, and the step passes it. */
async function resume(studio: Studio, checkpoint: number): Promise<void> {
  await studio.goTo("Run");
  await studio.press(checkpoint === 0 ? "Start again" : "Resume exactly");
  await studio.waitForPhase("training", "evaluating");
  const from =
    checkpoint === 0 ? "the run starts again" : `Continues from results/checkpoint-${checkpoint}.`;
  await studio.page.getByText(from).first().waitFor();
  const deadline = Date.now() + 60_000;
  while ((await studio.step()) <= checkpoint) {
    if (Date.now() > deadline) throw new Error(`The run does not pass step ${checkpoint}.`);
    await studio.page.waitForTimeout(50);
  }
}
