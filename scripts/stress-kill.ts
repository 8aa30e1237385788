// Kills browser, worker and tab at random moments of a run and checks that nothing saved is lost.
// `npm run stress:kill -- --rounds 30 --seed 7`
import { parseArgs } from "node:util";
import { playKillRounds } from "../tests/e2e/support/kill-rounds.ts";
import { serve } from "./serve.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "30" },
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
} finally {
  await server.close();
}
