// Kills browser, tab or worker at seeded random moments of a run that saves after every other update, and checks what is left.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MersenneTwister } from "../../../src/lib/mersenne-twister.ts";
import { reviews } from "./files.ts";
import { openStudio, type Studio } from "./studio.ts";
import { verifyNewestCheckpoint } from "./verify-storage.ts";

export interface KillRound {
  readonly victim: "browser" | "tab" | "worker";
  /** Milliseconds of training before the kill. */
  readonly after: number;
  /** Newest checkpoint that was visible afterwards, 0 where there was none. */
  readonly checkpoint: number;
}

const victims = ["browser", "worker", "tab"] as const;

/** Plays the rounds and gives what happened. Throws where a checkpoint is damaged or the run cannot go on from it. */
export async function playKillRounds(
  url: string,
  rounds: number,
  seed: number,
): Promise<KillRound[]> {
  const random = new MersenneTwister(seed);
  const profile = mkdtempSync(join(tmpdir(), "studio-kill-"));
  const options = { url, profile, backend: "wasm" } as const;
  const played: KillRound[] = [];
  let studio = await openStudio(options);
  try {
    await startRun(studio);
    for (let round = 0; round < rounds; round += 1) {
      const victim = victims[round % victims.length] ?? "browser";
      const after = 300 + (random.nextUint32() % 4000);
      await studio.waitForPhase("training", "evaluating");
      await studio.page.waitForTimeout(after);
      throwOnFaults(studio);
      studio = await kill(studio, victim, options);
      await studio.waitForPhase("interrupted");
      const newest = await verifyNewestCheckpoint(studio.page);
      if (newest !== null && newest.problems.length > 0) {
        throw new Error(`${newest.path} is damaged: ${newest.problems.join("; ")}`);
      }
      played.push({ victim, after, checkpoint: newest?.step ?? 0 });
      await resume(studio, newest?.step ?? 0);
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
  await studio.setArguments({ eval_steps: "2", save_steps: "2" });
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
