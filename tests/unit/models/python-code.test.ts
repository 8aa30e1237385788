import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { universalSentenceEncoderPython } from "../../../src/models/universal-sentence-encoder-python.ts";
import { runPython, torchPython } from "../support/python.ts";
import { startWasmForTests } from "../support/wasm.ts";
import { computeLogits, drawValues, pythonCase } from "./small-model.ts";

// transformers is not needed for the arithmetic: its two base classes are stood in for.
const script = `
import importlib.util, json, sys, types
import torch
folder = sys.argv[1]
class Config:
    def __init__(self, **values):
        self.__dict__.update(values)
class Model(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
    def post_init(self):
        self.apply(self._init_weights)
transformers = types.ModuleType("transformers")
transformers.PretrainedConfig, transformers.PreTrainedModel = Config, Model
transformers.PreTrainedTokenizerFast = object
outputs = types.ModuleType("transformers.modeling_outputs")
outputs.SequenceClassifierOutput = lambda loss, logits: logits
sys.modules.update({"transformers": transformers, "transformers.modeling_outputs": outputs})
spec = importlib.util.spec_from_file_location("modeling", folder + "/modeling.py")
modeling = importlib.util.module_from_spec(spec)
spec.loader.exec_module(modeling)
case = json.load(open(folder + "/case.json"))
model = modeling.UniversalSentenceEncoderForSequenceClassification(modeling.UniversalSentenceEncoderConfig(**case["config"]))
state = {name: torch.tensor(values).reshape(model.state_dict()[name].shape) for name, values in case["weights"].items()}
model.load_state_dict(state, strict=True)
logits = model(torch.tensor(case["input_ids"]), torch.tensor(case["attention_mask"]))
print(json.dumps(logits.flatten().tolist()))
`;

beforeAll(startWasmForTests);

test.skipIf(torchPython === undefined)(
  "the PyTorch code that lies beside the weights knows every parameter and gives the studio's logits",
  async () => {
    const values = drawValues();
    const expected = await computeLogits(values, false);
    const folder = mkdtempSync(join(tmpdir(), "studio-python-"));
    writeFileSync(join(folder, "modeling.py"), universalSentenceEncoderPython.source);
    const weights = Object.fromEntries([...values].map(([name, data]) => [name, [...data]]));
    writeFileSync(join(folder, "case.json"), JSON.stringify({ ...pythonCase, weights }));
    const logits: number[] = JSON.parse(runPython(torchPython ?? "", script, [folder]));
    rmSync(folder, { recursive: true });
    expect(logits).toHaveLength(expected.length);
    logits.forEach((logit, i) => {
      expect(logit).toBeCloseTo(expected[i] ?? Number.NaN, 5);
    });
  },
);
