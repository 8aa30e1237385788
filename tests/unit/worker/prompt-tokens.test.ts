// What a model reads of a prompt, and what ends its answer.
import { readFileSync } from "node:fs";
import { Template } from "@huggingface/jinja";
import { expect, test } from "vitest";
import { type RenderChats, renderChats } from "../../../src/data/chat-template.ts";
import { loadBaseModel } from "../../../src/worker/base-model.ts";
import { encodePrompt, endIds } from "../../../src/worker/prompt-tokens.ts";

const render: RenderChats = async (template, chats, { addGenerationPrompt, specials }) =>
  chats.map((messages) =>
    new Template(template).render({
      ...{ ...specials, messages, add_generation_prompt: addGenerationPrompt },
    }),
  );

/** The golden Llama with a tokenizer whose ids 1 and 2 are ChatML's. */
function load(files: Record<string, object> = {}) {
  const config = JSON.parse(readFileSync("tests/golden/llama/config.json", "utf8"));
  return loadBaseModel({ id: "", name: "llama", source: "stored" }, async (name) => {
    const own = { "config.json": config, ...files }[name];
    if (own !== undefined) return new TextEncoder().encode(JSON.stringify(own));
    if (name === "model.safetensors") return readFileSync(`tests/golden/llama/${name}`);
    return name === "tokenizer.json"
      ? readFileSync("tests/golden/tokenizers/bytelevel-bpe.json")
      : undefined;
  });
}

const chat = [{ role: "user", content: "Good?" }] as const;

test("a conversation gets ChatML where the model has no template, and ends with a turn", async () => {
  const base = await load();
  const prompt = await encodePrompt(base, chat, render);
  expect(prompt.text).toBe("<|im_start|>user\nGood?<|im_end|>\n<|im_start|>assistant\n");
  expect(prompt.template).toBe("chatml");
  expect(prompt.ids[0]).toBe(1);
  expect([...endIds(base, true)].sort()).toEqual([0, 2]);
  expect([...endIds(base, false)]).toEqual([0]);
});

test("a conversation gets the model's own template where it has one", async () => {
  const base = await load({
    "tokenizer_config.json": {
      eos_token: "<|endoftext|>",
      chat_template:
        "{% for m in messages %}[{{ m.role }}] {{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}",
    },
  });
  const prompt = await encodePrompt(base, chat, render);
  expect(prompt.text).toBe("[user] Good?<|endoftext|>[assistant]");
  expect(prompt.template).toBe("model");
  expect([...endIds(base, true)]).toEqual([0]);
});

// What transformers 5.18 makes of them, with TRL's marks round the assistant's turns.
test.each([
  [
    '{% for m in messages %}\n  {% if m.role == "assistant" %}\n    {% generation %}\n{{ m.content }}\n    {% endgeneration %}\n  {% else %}\n{{ m.content }}?\n  {% endif %}\n{% endfor %}',
    "yo?\nhi\n",
  ],
  [
    "{% for m in messages %}<{{ m.role }}>{%- generation -%}\n   {{ m.content }}\n   {%- endgeneration -%}\n|{% endfor %}",
    "<user>yo|<assistant>hi|",
  ],
])("marks of a template take their lines and spaces with them: %j", async (template, text) => {
  const messages = [
    { role: "user", content: "yo" },
    { role: "assistant", content: "hi" },
  ] as const;
  const base = await load({ "tokenizer_config.json": { chat_template: template } });
  expect((await encodePrompt(base, messages, render)).text).toBe(text);
  const [rendered] = await renderChats(template, [{ messages }], {}, render);
  expect(rendered?.text).toBe(text);
});

test("generation_config.json decides what ends a text, also where it is a list", async () => {
  const base = await load({ "generation_config.json": { eos_token_id: [5, 7] } });
  expect([...endIds(base, false)]).toEqual([5, 7]);
  expect([...endIds(await load({ "generation_config.json": {} }), false)]).toEqual([0]);
});

test("a model without a tokenizer refuses a text with the way out", async () => {
  const files: Record<string, Uint8Array> = {};
  for (const name of ["config.json", "model.safetensors"]) {
    files[name] = readFileSync(`tests/golden/llama/${name}`);
  }
  const base = await loadBaseModel(
    { id: "", name: "llama", source: "stored" },
    async (name) => files[name],
  );
  expect(base.summary.hasTokenizer).toBe(false);
  await expect(encodePrompt(base, "Good", render)).rejects.toThrow("has no tokenizer.json");
});
