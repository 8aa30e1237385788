import { beforeEach, expect, test } from "vitest";
import { readOwnSettings } from "../../../src/config/generation.ts";
import {
  changeConfig,
  chooseSources,
  ownSettings,
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
