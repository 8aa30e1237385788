import { beforeEach, expect, test } from "vitest";
import { readOwnSettings } from "../../../src/config/generation.ts";
import { guessLanguage } from "../../../src/config/language-data.ts";
import { askedRows } from "../../../src/data/held-out-rows.ts";
import {
  askRow,
  changeConfig,
  changePlayground,
  chooseSources,
  ownSettings,
  setHeldOut,
  usePlaygroundStore,
} from "../../../src/state/playground-store.ts";

const option = (key: string, file: unknown) => ({
  ...{ key, name: key, source: { modelId: key }, own: readOwnSettings(file) },
});
const options = [
  option("plain", undefined),
  // As Qwen 3 has it, with keys that mean nothing here and values that no text can be drawn with.
  option("cold", { do_sample: true, temperature: 0.6, top_k: 20, top_p: null, eos_token_id: 1 }),
  option("broken", { temperature: -1, top_k: "many", repetition_penalty: 1.1 }),
];
const measured = { ...option("measured", undefined), chainTemperature: 0.2 };
const state = () => usePlaygroundStore.getState();

beforeEach(() => usePlaygroundStore.setState(usePlaygroundStore.getInitialState(), true));

test("a model's generation_config.json gives the defaults, also of its chains", () => {
  chooseSources(["cold"], { options });
  expect(ownSettings(state())).toEqual({ do_sample: true, temperature: 0.6, top_k: 20 });
  expect(state().config).toMatchObject({ do_sample: true, temperature: 0.6, top_k: 20, top_p: 1 });
  expect(state().reasoning.self_consistency).toMatchObject({
    ...{ chains: 5, temperature: 0.6, top_k: 20, top_p: 1 },
  });
  // The studio's own defaults come back with a model that asks for nothing.
  chooseSources(["plain"]);
  expect(state().config).toMatchObject({ do_sample: false, temperature: 1, top_k: 50 });
  expect(state().reasoning.self_consistency).toMatchObject({ temperature: 0.5, top_k: 40 });
});

test("a measured temperature is that of the model's chains alone", () => {
  chooseSources(["measured"], { options: [...options, measured] });
  expect(state().config.temperature).toBe(1);
  expect(state().reasoning.self_consistency.temperature).toBe(0.2);
  chooseSources(["cold"]);
  expect(state().reasoning.self_consistency.temperature).toBe(0.6);
});

test("what the user has set stays, and so does what no model can mean", () => {
  chooseSources(["plain"], { options });
  changeConfig({ temperature: 0.9 });
  chooseSources(["cold"]);
  expect(state().config).toMatchObject({ temperature: 0.9, top_k: 20 });
  chooseSources(["broken", "cold"]);
  expect(state().config).toMatchObject({ temperature: 0.9, top_k: 50, repetition_penalty: 1.1 });
});

/** Reads rows of these columns and asks the first one in a view. */
function ask(columns: readonly string[], cells: readonly unknown[], view: "text" | "chat") {
  const language = guessLanguage(columns);
  if (language === null) throw new Error("The columns are no language model's.");
  const rows = [cells.map((cell) => (typeof cell === "string" ? cell : JSON.stringify(cell)))];
  const table = { columns, rows, lines: [1], unit: "row" as const };
  setHeldOut("rows.jsonl", { ...askedRows(table, [0], language, "rows.jsonl"), rowCount: 1 });
  const { heldOut } = state();
  if (heldOut.phase !== "ready") throw new Error("No rows were read.");
  askRow(heldOut, 0, view);
}

const say = (role: string, content: string) => ({ role, content });

test("a held-out chat is asked in the chat, its earlier turns before it, and its last answer is expected", () => {
  const before = [say("system", "Be brief."), say("user", "Good?"), say("assistant", "Yes.")];
  const messages = [...before, say("user", "Long?"), say("assistant", "No.")];
  ask(["messages"], [messages], "text");
  expect(state()).toMatchObject({
    ...{ view: "chat", message: "Long?", opening: before, turns: [], expected: "No." },
  });
  // Of a prompt and a completion that are chats the completion's first answer.
  ask(["prompt", "completion"], [messages.slice(0, 2), messages.slice(2)], "chat");
  expect(state()).toMatchObject({ message: "Good?", opening: [before[0]], expected: "Yes." });
  ask(["instruction", "input", "output"], ["Say it loud.", "late", "LATE"], "text");
  expect(state()).toMatchObject({ message: "Say it loud.\nlate", opening: [], expected: "LATE" });
});

test("a held-out question is written on as it was trained, and asked plainly in the chat", () => {
  const columns = ["question", "reasoning", "answer"];
  const cells = ["1 + 1?", "1 + 1 = 2.", "2"];
  ask(columns, cells, "text");
  expect(state().prompt).toBe("Question: 1 + 1?\nStep by step:");
  ask(columns, cells, "chat");
  expect(state()).toMatchObject({ message: "1 + 1?", expected: "2" });
});

test("a plain question ends a conversation that began with another row, and goes on with one that did not", () => {
  const chat = [say("system", "Be brief."), say("user", "Good?"), say("assistant", "Yes.")];
  const turns = [{ user: "Good?", replies: ["Yes."] }];
  const plain = [["question", "answer"], ["1 + 1?", "2"], "chat"] as const;
  ask(["messages"], [chat], "chat");
  changePlayground({ turns });
  ask(...plain);
  expect(state()).toMatchObject({ message: "1 + 1?", expected: "2", opening: [], turns: [] });
  changePlayground({ turns });
  ask(...plain);
  expect(state()).toMatchObject({ message: "1 + 1?", opening: [], turns });
});

test("no row is asked while a reply is being written", () => {
  const turns = [{ user: "Good?", replies: [] }];
  changePlayground({ turns, busy: "writing" });
  const chat = [say("user", "Long?"), say("assistant", "No.")];
  ask(["messages"], [chat], "chat");
  expect(state()).toMatchObject({ turns, message: "", expected: null });
  changePlayground({ busy: null });
  ask(["messages"], [chat], "chat");
  expect(state()).toMatchObject({ turns: [], message: "Long?", expected: "No." });
});
