import { expect, test } from "vitest";
import type { RunEvent, RunEventBody } from "../../../../src/config/events.ts";
import { newestLines } from "../../../../src/ui/run/log-lines.ts";

const event = (body: RunEventBody): RunEvent => ({ version: 1, runId: "run", time: 0, ...body });
const logged = (step: number) =>
  event({
    type: "logged",
    row: { step, epoch: step, loss: 0.5, grad_norm: 1, learning_rate: 1e-3 },
  });

test("rows of figures do not push out of the log that a run was resumed", () => {
  const events = [
    event({ type: "recovered", message: "Continues from results/checkpoint-50." }),
    ...Array.from({ length: 1000 }, (_, step) => logged(step)),
    event({ type: "phaseChanged", phase: "evaluating" }),
    event({ type: "warned", message: "The disk is nearly full." }),
  ];
  const lines = newestLines(events, 3);
  expect(lines.map(({ step, text }) => [step, text.slice(0, 11)])).toEqual([
    [null, "The disk is"],
    [999, "loss 0.5000"],
    [998, "loss 0.5000"],
    [997, "loss 0.5000"],
    [null, "… earlier r"],
    [null, "Continues f"],
  ]);
  expect(newestLines(events, 1)).toHaveLength(2);
});
