import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { meanPooledPython } from "../../../src/models/mean-pooled-python.ts";
import { universalSentenceEncoderPython } from "../../../src/models/universal-sentence-encoder-python.ts";
import { runPython, torchPython } from "../support/python.ts";
import { startWasmForTests } from "../support/wasm.ts";
import { computeLogits, drawValues, pythonCase } from "./small-model.ts";

// transformers is not needed for the arithmetic: its base classes are stood in for, and BERT by a table of embeddings.
const standIns = `
import importlib.util, json, sys, types
import torch
folder = sys.argv[1]
class Config:
    problem_type = None
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
class BertPreTrainedModel(Model):
    def _init_weights(self, module):
        pass
class BertModel(torch.nn.Embedding):
    def __init__(self, config, add_pooling_layer):
        super().__init__(config.vocab_size, config.hidden_size)
    def forward(self, input_ids, attention_mask, token_type_ids):
        return (super().forward(input_ids),)
transformers.BertPreTrainedModel, transformers.BertModel = BertPreTrainedModel, BertModel
outputs = types.ModuleType("transformers.modeling_outputs")
outputs.SequenceClassifierOutput = lambda loss, logits: types.SimpleNamespace(loss=loss, logits=logits)
sys.modules.update({"transformers": transformers, "transformers.modeling_outputs": outputs})
spec = importlib.util.spec_from_file_location("modeling", folder + "/modeling.py")
modeling = importlib.util.module_from_spec(spec)
spec.loader.exec_module(modeling)
case = json.load(open(folder + "/case.json"))
`;

const script = `${standIns}
model = modeling.UniversalSentenceEncoderForSequenceClassification(modeling.UniversalSentenceEncoderConfig(**case["config"]))
state = {name: torch.tensor(values).reshape(model.state_dict()[name].shape) for name, values in case["weights"].items()}
model.load_state_dict(state, strict=True)
logits = model(torch.tensor(case["input_ids"]), torch.tensor(case["attention_mask"])).logits
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

// Three texts in one batch, and the same in micro-batches of two and one.
const meanPooledScript = `${standIns}
results = []
for kind, labels in case["labels"].items():
    config = Config(**case["config"], problem_type=kind)
    model = modeling.MeanPooledForSequenceClassification(config)
    with torch.no_grad():
        model.bert.weight.copy_(torch.tensor(case["words"]))
        model.classifier.weight.copy_(torch.tensor(case["weight"]))
        model.classifier.bias.zero_()
    ids, mask, labels = torch.tensor(case["input_ids"]), torch.tensor(case["attention_mask"]), torch.tensor(labels)
    # The Trainer would else take the keywords of forward for a sign that the loss is divided already.
    assert model.accepts_loss_kwargs is False
    def run(rows):
        return model(ids[rows], attention_mask=mask[rows], labels=labels[rows])
    whole = run(slice(0, 3))
    parts = [run(rows).loss.item() for rows in (slice(0, 2), slice(2, 3))]
    results.append({"logits": whole.logits.flatten().tolist(), "loss": whole.loss.item(), "parts": parts})
print(json.dumps(results))
`;

test.skipIf(torchPython === undefined)(
  "the mean-pooled class pools without padding, and its loss is the mean over the rows of a batch",
  () => {
    const words = [
      [1, 2],
      [3, -1],
      [0.5, 4],
    ];
    const weight = [
      [1, 0],
      [0.25, -2],
    ];
    const folder = mkdtempSync(join(tmpdir(), "studio-python-"));
    writeFileSync(join(folder, "modeling.py"), meanPooledPython("Bert", "bert").source);
    const values = {
      config: {
        ...{ vocab_size: 3, hidden_size: 2, num_labels: 2 },
        sentence_pooling: { mode: "mean", normalize: true },
      },
      ...{ words, weight },
      input_ids: [
        [0, 1, 1],
        [2, 0, 0],
        [1, 2, 0],
      ],
      attention_mask: [
        [1, 1, 1],
        [1, 0, 0],
        [1, 1, 0],
      ],
      labels: {
        single_label_classification: [0, 1, 1],
        multi_label_classification: [
          [1, 0],
          [1, 1],
          [0, 0],
        ],
        regression: [
          [-100, 2],
          [0.5, 1],
          [3, 4],
        ],
      },
    };
    writeFileSync(join(folder, "case.json"), JSON.stringify(values));
    const results = JSON.parse(runPython(torchPython ?? "", meanPooledScript, [folder]));
    rmSync(folder, { recursive: true });
    // The means, without what is padding, at length 1.
    const pooled = [
      [7 / 3, 0],
      [0.5, 4],
      [1.75, 1.5],
    ].map((mean) => mean.map((value) => value / Math.hypot(...mean)));
    const expected = pooled.flatMap((text) =>
      weight.map((row) => row.reduce((sum, value, i) => sum + value * (text[i] ?? 0), 0)),
    );
    expect(results).toHaveLength(3);
    for (const { logits, loss, parts } of results) {
      logits.forEach((logit: number, i: number) => {
        expect(logit).toBeCloseTo(expected[i] ?? Number.NaN, 5);
      });
      const [first, second] = parts;
      expect(Math.abs((2 * first + second) / 3 / loss - 1)).toBeLessThan(1e-6);
    }
  },
);
