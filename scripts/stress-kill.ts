// Kills browser, worker, tab and page at seeded moments of a run, in the middle of writes and rotations too, and checks that
// nothing saved is lost. `npm run stress:kill -- --rounds 50 --seed 7`; in pieces: `--first 12 --rounds 12 --no-gpu`.
import { parseArgs } from "node:util";
import { playGpuCrash } from "../tests/e2e/support/gpu-crash.ts";
import { playKillRounds } from "../tests/e2e/support/kill-rounds.ts";
import { serve } from "./serve.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    seed: { type: "string", default: "7" },
    first: { type: "string", default: "0" },
    "no-gpu": { type: "boolean", default: false },
  },
});
const server = await serve();
try {
  const [rounds, seed, first] = [values.rounds, values.seed, values.first].map(Number);
  const played = await playKillRounds(
    server.url,
    { rounds: rounds ?? 50, seed: seed ?? 7, first: first ?? 0 },
    ({ victim, moment, checkpoint, lost }) => {
      const when = moment === "any" ? "at any moment" : `during a ${moment}`;
      process.stdout.write(
        `${victim} killed ${when}: goes on from step ${checkpoint}, ${lost} updates made again\n`,
      );
    },
  );
  process.stdout.write(`${played.length} rounds survived\n`);
  if (!values["no-gpu"]) {
    await playGpuCrash(server.url);
    process.stdout.write(
      "the graphics process crashed twice: the run went on once, then said what to do\n",
    );
  }
} finally {
  await server.close();
}
