// The mean-pooled encoder for transformers, which has no such classifier: PyTorch code that lies beside its weights and that
// `trust_remote_code=True` loads. It gives the studio's logits. tests/unit/models/python-code.test.ts runs it.
import type { PythonCode } from "./model.ts";
import { pythonLoss, pythonLossKwargs } from "./python-loss.ts";

const module = "modeling_mean_pooled";

/** @param name what the encoder's classes begin with @param prefix of its parameters */
export const meanPooledPython = (name: string, prefix: string): PythonCode => ({
  file: `${module}.py`,
  source: source(name, prefix),
  autoMap: {
    AutoModelForSequenceClassification: `${module}.MeanPooledForSequenceClassification`,
  },
});

const source = (
  name: string,
  prefix: string,
) => `"""${name} with a linear layer on the mean of its tokens, as sentence-transformers pools."""
import torch
import torch.nn.functional as F
from torch import nn
from transformers import ${name}Model, ${name}PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


${pythonLoss}

class MeanPooledForSequenceClassification(${name}PreTrainedModel):
    ${pythonLossKwargs}

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.${prefix} = ${name}Model(config${prefix === "distilbert" ? "" : ", add_pooling_layer=False"})
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, token_type_ids=None, labels=None, **_):
        types = ${prefix === "distilbert" ? "{}" : '{"token_type_ids": token_type_ids}'}
        hidden = self.${prefix}(input_ids, attention_mask=attention_mask, **types)[0]
        weight = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        weight = weight[:, :, None].to(hidden)
        pooled = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1)
        if self.config.sentence_pooling["normalize"]:
            pooled = F.normalize(pooled, dim=1)
        logits = self.classifier(pooled)
        loss = loss_of(self.config, logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)
`;
