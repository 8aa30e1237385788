import { expect, test } from "vitest";
import { generationConfigSchema } from "../../../src/config/generation.ts";
import { type GeneratorModel, generate, type Prompt } from "../../../src/generation/generate.ts";

const config = generationConfigSchema.parse({});
const end = 9;

/** A model of ten tokens whose likeliest next one follows from all ids so far: their sum, modulo nine; 9 ends a text at 5. */
function fakeModel(
  maxLength = 100,
): GeneratorModel & { open(): never; readonly live: () => number } {
  let open = 0;
  const model = {
    eosIds: new Set([end]),
    maxLength,
    bytesPerToken: 1,
    decode: (ids: readonly number[]) => ids.join(""),
    live: () => open,
    open() {
      open += 1;
      let texts: number[][] = [];
      return {
        async read(ids: Int32Array, fresh: number) {
          const count = ids.length / fresh;
          if (texts.length === 0) texts = Array.from({ length: count }, () => []);
          expect(texts).toHaveLength(count);
          texts.forEach((text, row) => {
            text.push(...ids.subarray(row * fresh, (row + 1) * fresh));
          });
          return Float32Array.from({ length: count * 10 }, (_, at) => {
            const text = texts[Math.floor(at / 10)] ?? [];
            const sum = text.reduce((total, id) => total + id, 0);
            const next = text.at(-1) === 5 ? end : sum % 9;
            return at % 10 === next ? 2 : Math.cos((at % 10) + sum) * 0.5;
          });
        },
        select(rows: readonly number[]) {
          texts = rows.map((row) => texts[row] as number[]);
        },
        dispose() {
          open -= 1;
        },
      };
    },
  };
  return model as never;
}

async function run(prompts: readonly Prompt[], changes: Partial<typeof config> = {}, most = 100) {
  const model = fakeModel(most);
  const texts = prompts.map(() => "");
  const reasons: (string | null)[] = prompts.map(() => null);
  for await (const step of generate(model, prompts, { ...config, ...changes })) {
    for (const { text, piece, finished } of step) {
      texts[text] += piece;
      if (finished !== null) reasons[text] = finished;
    }
  }
  expect(model.live()).toBe(0);
  return { texts, reasons };
}

const prompt = (...ids: number[]) => ({ ids, stream: 0 });

test("a text ends at the end token, after max_new_tokens, or where the model reads no further", async () => {
  expect(await run([prompt(1, 4)])).toEqual({ texts: ["5"], reasons: ["eos"] });
  expect(await run([prompt(1)], { max_new_tokens: 3 })).toEqual({
    texts: ["124"],
    reasons: ["length"],
  });
  expect(await run([prompt(1, 0)], {}, 4)).toEqual({ texts: ["12"], reasons: ["context"] });
});

test("a text ends before a stop string", async () => {
  expect(await run([prompt(1)], { stop_strings: ["24"] })).toEqual({
    texts: ["1"],
    reasons: ["stop_string"],
  });
});

test("prompts of different lengths give together what each gives alone", async () => {
  const prompts = [prompt(1, 2, 3), prompt(7), prompt(4, 4), prompt(2, 2, 2, 2, 8), prompt(1, 4)];
  for (const changes of [{ max_new_tokens: 12 }, { max_new_tokens: 12, do_sample: true }]) {
    const together = await run(prompts, changes);
    const alone = await Promise.all(prompts.map((each) => run([each], changes)));
    expect(together.texts).toEqual(alone.map(({ texts }) => texts[0]));
    expect(together.reasons).toEqual(alone.map(({ reasons }) => reasons[0]));
  }
});

test("the seed decides what is drawn, and each stream draws its own", async () => {
  const changes = { do_sample: true, temperature: 3, max_new_tokens: 20 };
  const five = Array.from({ length: 5 }, (_, stream) => ({ ids: [1], stream }));
  const first = await run(five, changes);
  expect(await run(five, changes)).toEqual(first);
  expect(new Set(first.texts).size).toBe(5);
  expect((await run(five, { ...changes, seed: 7 })).texts).not.toEqual(first.texts);
});

test("who stops asking stops it, and the model is let go of", async () => {
  const model = fakeModel();
  let tokens = 0;
  for await (const step of generate(model, [prompt(1)], config)) {
    tokens += step.length;
    if (tokens === 3) break;
  }
  expect(tokens).toBe(3);
  expect(model.live()).toBe(0);
});

test("a prompt without a token or without room for an answer is refused with the figures", async () => {
  await expect(run([prompt()])).rejects.toThrow("no token");
  await expect(run([prompt(1, 2, 3)], {}, 3)).rejects.toThrow(
    "The prompt has 3 tokens, and the model reads 3",
  );
});
