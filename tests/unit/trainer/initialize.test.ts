// Whole models from a seed, beside what transformers 5.18 draws after set_seed(42): three values from each end of each matrix.
// PyTorch rounds the logarithm and the angle of a normal value otherwise: 1e-7 at a spread of 0.02.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { languageStages, listParameters } from "../../../src/models/forward.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { initializeModel } from "../../../src/trainer/initialize.ts";

interface Golden {
  readonly config: { readonly model_type: string };
  readonly tensors: Readonly<Record<string, readonly number[]>>;
}
const golden: Readonly<Record<string, Golden>> = JSON.parse(
  readFileSync(new URL("../../golden/initial-weights.json", import.meta.url), "utf8"),
);

test.each(Object.entries(golden))(
  "%s from scratch begins with the reference's weights",
  (_, { config, tensors }) => {
    const architecture = findArchitecture(config.model_type);
    const parsed = architecture.configSchema.parse(config);
    const stages =
      architecture.language === undefined
        ? architecture.parameters(parsed, 3)
        : languageStages(architecture, parsed).stages;
    const specs = listParameters(stages);
    // The order of named_parameters(): the optimiser's file counts by it.
    const matrices = specs.filter(({ shape }) => shape.length === 2).map(({ name }) => name);
    expect(matrices).toEqual(Object.keys(tensors));
    const drawn = initializeModel(specs, architecture.basePrefix, 42);
    for (const [name, wanted] of Object.entries(tensors)) {
      const values = drawn.get(name) ?? new Float32Array();
      const ends = [...values.slice(0, 3), ...values.slice(-3)];
      expect(ends, name).toHaveLength(6);
      ends.forEach((value, i) => {
        expect(Math.abs(value - (wanted[i] ?? 9)), name).toBeLessThan(1e-7);
      });
    }
  },
);
