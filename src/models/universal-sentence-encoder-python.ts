// The Universal Sentence Encoder for transformers, which does not know it: PyTorch code that lies beside its weights and that
// `trust_remote_code=True` loads. It gives the studio's logits. tests/unit/models/python-code.test.ts runs it.
import type { PythonCode } from "./model.ts";
import { pythonLoss, pythonLossKwargs } from "./python-loss.ts";

const module = "modeling_universal_sentence_encoder";

const source = `"""Universal Sentence Encoder lite (Cer et al. 2018, https://arxiv.org/abs/1803.11175) with a classification head."""
import math

import torch
import torch.nn.functional as F
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerFast
from transformers.modeling_outputs import SequenceClassifierOutput


class UniversalSentenceEncoderConfig(PretrainedConfig):
    model_type = "universal-sentence-encoder"


class UniversalSentenceEncoderTokenizer(PreTrainedTokenizerFast):
    """tokenizer.json alone. Where two segmentations score the same, the studio may choose another one."""


class Embeddings(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.embedding_size)
        self.width = config.embedding_size
        self.shortest, self.longest = config.min_timescale, config.max_timescale

    def forward(self, input_ids):
        words = self.word_embeddings(input_ids)
        signal = self.signal(input_ids.shape[1]).to(words)
        # The source adds the positions to a residual copy of the words.
        return words + (words + signal)

    def signal(self, length):
        waves = self.width // 2
        step = math.log(self.longest / self.shortest) / max(1, waves - 1)
        scales = torch.exp(torch.arange(waves, dtype=torch.float64) * -step) / self.shortest
        angles = torch.arange(length, dtype=torch.float32)[:, None] * scales.float()
        return torch.cat([angles.double().sin(), angles.double().cos()], dim=1)


class Attention(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        width = layer["input_size"]
        self.heads = layer["num_attention_heads"]
        self.layer_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, layer["hidden_size"])

    def forward(self, hidden, attention_mask):
        batch, length, width = hidden.shape
        query, key, value = (
            part.view(batch, length, self.heads, -1).transpose(1, 2)
            for part in self.qkv(self.layer_norm(hidden)).chunk(3, dim=-1)
        )
        scores = query @ key.transpose(-1, -2) / math.sqrt(width // self.heads)
        seen = attention_mask[:, None, None, :].bool()
        weights = scores.masked_fill(~seen, torch.finfo(scores.dtype).min).softmax(dim=-1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, length, width)
        return self.output(mixed)


class FeedForward(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        width, inner = layer["hidden_size"], layer["intermediate_size"]
        self.layer_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.intermediate = nn.Linear(width, inner)
        self.output = nn.Linear(inner, width)

    def forward(self, hidden):
        return self.output(torch.relu(self.intermediate(self.layer_norm(hidden))))


class Layer(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.attention = Attention(config, layer)
        if layer["input_size"] != layer["hidden_size"]:
            self.residual = nn.Linear(layer["input_size"], layer["hidden_size"])
        else:
            self.residual = None
        self.feed_forward = FeedForward(config, layer)

    def forward(self, hidden, attention_mask):
        kept = hidden if self.residual is None else self.residual(hidden)
        hidden = self.attention(hidden, attention_mask) + kept
        return self.feed_forward(hidden) + hidden


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layer = nn.ModuleList([Layer(config, layer) for layer in config.layers])


class Pooler(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.layers[-1]["hidden_size"], config.pooled_size)
        self.epsilon = config.normalize_eps

    def forward(self, hidden, attention_mask):
        mask = attention_mask[:, :, None].to(hidden)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
        pooled = torch.tanh(self.dense(mean))
        return pooled * pooled.square().sum(1, keepdim=True).clamp(min=self.epsilon).rsqrt()


${pythonLoss}

class UniversalSentenceEncoderForSequenceClassification(PreTrainedModel):
    config_class = UniversalSentenceEncoderConfig
    base_model_prefix = ""
    ${pythonLossKwargs}

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.embeddings = Embeddings(config)
        self.encoder = Encoder(config)
        self.pooler = Pooler(config)
        self.classifier = nn.Linear(config.pooled_size, config.num_labels)
        self.post_init()

    def _init_weights(self, module):
        # The source has no head: it is drawn as BERT's.
        if isinstance(module, nn.Linear):
            head = module is self.classifier
            module.weight.data.normal_(0.0, 0.02 if head else self.config.initializer_range)
            module.bias.data.zero_()
        elif isinstance(module, nn.Embedding):
            module.weight.data.normal_(0.0, self.config.initializer_range)
        elif isinstance(module, nn.LayerNorm):
            module.weight.data.fill_(1.0)
            module.bias.data.zero_()

    def forward(self, input_ids, attention_mask=None, labels=None, **_):
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        hidden = self.embeddings(input_ids)
        for layer in self.encoder.layer:
            hidden = layer(hidden, attention_mask)
        logits = self.classifier(self.pooler(hidden, attention_mask))
        loss = loss_of(self.config, logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)
`;

/** The file and what names it in config.json and tokenizer_config.json. */
export const universalSentenceEncoderPython: PythonCode = {
  file: `${module}.py`,
  source,
  autoMap: {
    AutoConfig: `${module}.UniversalSentenceEncoderConfig`,
    AutoModelForSequenceClassification: `${module}.UniversalSentenceEncoderForSequenceClassification`,
  },
  tokenizerAutoMap: { AutoTokenizer: [null, `${module}.UniversalSentenceEncoderTokenizer`] },
};
