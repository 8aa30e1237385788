// Kills browser, worker and tab at random moments of a run and checks that nothing saved is lost.
// `npm run stress:kill -- --rounds 50 --seed 7`
import { parseArgs } from "node:util";
import { playGpuCrash } from "../tests/e2e/support/gpu-crash.ts";
import { playKillRounds } from "../tests/e2e/support/kill-rounds.ts";
import { serve } from "./serve.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    seed: { type: "string", default: "7" },
  },
});
const server = await serve();
try {
  const rounds = await playKillRounds(server.url, Number(values.rounds), Number(values.seed));
  for (const { victim, after, checkpoint } of rounds) {
    process.stdout.write(`${victim} killed after ${after} ms: continued from step ${checkpoint}\n`);
  }
  process.stdout.write(`${rounds.length} rounds survived\n`);
  await playGpuCrash(server.url);
  process.stdout.write(
    "the graphics process crashed twice: the run went on once, then said what to do\n",
  );
} finally {
  await server.close();
}
