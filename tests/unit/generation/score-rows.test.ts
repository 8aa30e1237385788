import { expect, test } from "vitest";
import { generationConfigSchema } from "../../../src/config/generation.ts";
import { defaultReasoning, type ReasoningMode } from "../../../src/config/reasoning.ts";
import type { GeneratorModel } from "../../../src/generation/generate.ts";
import { scoreRows } from "../../../src/generation/score-rows.ts";

const config = generationConfigSchema.parse({ max_new_tokens: 60 });
const bytes = new TextEncoder();
const text = new TextDecoder();
const end = 0;

/** A model of bytes that answers each prompt with a script: `solve` gives what it writes. */
function scripted(solve: (prompt: string) => string): GeneratorModel & { readonly widest: number } {
  let widest = 0;
  return {
    eosIds: new Set([end]),
    maxLength: 1000,
    bytesPerToken: 1e5,
    decode: (ids) => text.decode(Uint8Array.from(ids)),
    get widest() {
      return widest;
    },
    open() {
      let texts: number[][] = [];
      return {
        async read(ids, fresh) {
          const count = ids.length / fresh;
          widest = Math.max(widest, count);
          if (texts.length === 0) texts = Array.from({ length: count }, () => []);
          const logits = new Float32Array(count * 256);
          texts.forEach((read, row) => {
            read.push(...ids.subarray(row * fresh, (row + 1) * fresh));
            const whole = text.decode(Uint8Array.from(read));
            const asked = /^Question: .*\n(?:Step by step|Answer):/u.exec(whole)?.[0];
            if (asked === undefined) return;
            const said = bytes.encode(solve(asked));
            const next = said[bytes.encode(whole).length - bytes.encode(asked).length] ?? end;
            logits[row * 256 + next] = 50;
          });
          return logits;
        },
        select(rows) {
          texts = rows.map((row) => texts[row] ?? []);
        },
        dispose() {},
      };
    },
  };
}

/** Adds rightly step by step; at once it always says 7. */
const adder = scripted((prompt) => {
  const [a = 0, b = 0] = [...prompt.matchAll(/\d+/gu)].map(Number);
  return prompt.endsWith("Answer:") ? " 7" : ` ${a} + ${b} = ${a + b}.\nAnswer: ${a + b}`;
});

const rows = Array.from({ length: 40 }, (_, row) => ({
  question: `What is ${row} + ${row % 3 === 0 ? 1000 : 2}?`,
  answer: String(row + (row % 3 === 0 ? 1000 : 2)),
}));

async function score(mode: ReasoningMode, model: GeneratorModel = adder) {
  const scored = [];
  const encode = (prompt: string) => [...bytes.encode(prompt)];
  const task = { mode, settings: defaultReasoning, config };
  for await (const step of scoreRows(model, rows, task, encode)) scored.push(...step.rows);
  return scored.sort((a, b) => a.row - b.row);
}

test("each row is scored once with its chain, whatever the batches", async () => {
  const scored = await score("zero_shot");
  expect(scored.map(({ row }) => row)).toEqual(rows.map((_, row) => row));
  expect(scored.every(({ isRight }) => isRight)).toBe(true);
  expect(scored[5]).toMatchObject({
    answer: "7",
    agreement: 1,
    chains: [{ text: " 5 + 2 = 7.\nAnswer: 7", answer: "7", finished: "eos" }],
  });
});

test("the same model answers at once with the direct prompt, and is right where that is 7", async () => {
  const scored = await score("direct");
  expect(scored.filter(({ isRight }) => isRight).map(({ row }) => row)).toEqual([5]);
});

test("self-consistency writes its chains for each row and lets them vote", async () => {
  const scored = await score("self_consistency");
  expect(scored.every(({ chains, isRight }) => chains.length === 5 && isRight)).toBe(true);
  expect(scored[0]).toMatchObject({ answer: "1000", votes: 5, agreement: 1 });
});

test("no batch needs more memory for its keys and values than it may have", async () => {
  const model = scripted(() => " 1");
  await score("zero_shot", model);
  // 256 MB at 0.1 MB a token hold 2,560 tokens: 25 texts of about 100.
  expect(model.widest).toBeGreaterThan(10);
  expect(model.widest).toBeLessThan(30);
});
