"""Replays the first updates of a Finetune Studio run on PyTorch alone, and compares.

    python verify.py

It needs PyTorch (1.13 or later) and nothing else: no transformers, no network. Beside it lie model.safetensors (the weights that
the run started from), config.json, and run.json (arguments, batches, what the studio computed, and the run's own log rows).
It prints a table and ends with code 0 if every figure agrees, with 1 if one does not.
"""
import json
import math
import os
import struct
import sys

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))


def read_json(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return json.load(file)


def read_weights(name):
    """A safetensors file of float32 tensors."""
    with open(os.path.join(HERE, name), "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        body = bytearray(file.read())
    tensors = {}
    for key, entry in header.items():
        if key == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        flat = torch.frombuffer(body, dtype=torch.float32, count=(end - start) // 4, offset=start)
        tensors[key] = flat.reshape(entry["shape"]).clone()
    return tensors


class Model:
    """The forward pass of the studio's architectures, from named weights."""

    def __init__(self, config, weights):
        self.config, self.weights = config, weights

    def linear(self, name, x):
        return F.linear(x, self.weights[name + ".weight"], self.weights.get(name + ".bias"))

    def norm(self, name, x, eps):
        w = self.weights[name + ".weight"]
        return F.layer_norm(x, w.shape, w, self.weights[name + ".bias"], eps)

    def table(self, name, ids, padding=None):
        return F.embedding(ids, self.weights[name + ".weight"], padding_idx=padding)

    def attention(self, q, k, v, heads, mask):
        rows, length, width = q.shape
        split = lambda x: x.reshape(rows, length, heads, width // heads).transpose(1, 2)
        scores = split(q) @ split(k).transpose(2, 3) / math.sqrt(width // heads)
        scores = scores.masked_fill(mask[:, None, None, :] == 0, torch.finfo(torch.float32).min)
        return (scores.softmax(-1) @ split(v)).transpose(1, 2).reshape(rows, length, width)

    def logits(self, ids, mask, types):
        kind = self.config["model_type"]
        if kind == "universal-sentence-encoder":
            return self.sentence_encoder(ids, mask)
        if kind in ("bert", "roberta"):
            return self.bert(kind, ids, mask, types)
        if kind == "distilbert":
            return self.distilbert(ids, mask)
        sys.exit(f"This script does not know the architecture {kind}.")

    def post_norm_layer(self, x, mask, names, heads, act, eps):
        q, k, v = (self.linear(names[n], x) for n in ("query", "key", "value"))
        mixed = self.linear(names["attention"], self.attention(q, k, v, heads, mask))
        x = self.norm(names["attention_norm"], mixed + x, eps)
        inner = activation(act)(self.linear(names["intermediate"], x))
        return self.norm(names["output_norm"], self.linear(names["output"], inner) + x, eps)

    def bert(self, prefix, ids, mask, types):
        c, e = self.config, prefix + ".embeddings"
        pad = c.get("pad_token_id", 1 if prefix == "roberta" else 0)
        if prefix == "roberta":
            token = (ids != pad).long()
            x = self.table(e + ".position_embeddings", token.cumsum(1) * token + pad, pad)
        else:
            x = self.table(e + ".position_embeddings", torch.arange(ids.shape[1]))[None]
        x = x + self.table(e + ".word_embeddings", ids, pad)
        x = x + self.table(e + ".token_type_embeddings", types)
        eps = c.get("layer_norm_eps", 1e-12)
        x = self.norm(e + ".LayerNorm", x, eps)
        for i in range(c["num_hidden_layers"]):
            n = f"{prefix}.encoder.layer.{i}"
            names = {
                "query": n + ".attention.self.query",
                "key": n + ".attention.self.key",
                "value": n + ".attention.self.value",
                "attention": n + ".attention.output.dense",
                "attention_norm": n + ".attention.output.LayerNorm",
                "intermediate": n + ".intermediate.dense",
                "output": n + ".output.dense",
                "output_norm": n + ".output.LayerNorm",
            }
            x = self.post_norm_layer(
                x, mask, names, c["num_attention_heads"], c.get("hidden_act", "gelu"), eps
            )
        if "sentence_pooling" in c:
            return self.mean_pooled(x, mask)
        if prefix == "roberta":
            return self.linear("classifier.out_proj", self.linear("classifier.dense", x[:, 0]).tanh())
        return self.linear("classifier", self.linear("bert.pooler.dense", x[:, 0]).tanh())

    def distilbert(self, ids, mask):
        c, e = self.config, "distilbert.embeddings"
        x = self.table(e + ".word_embeddings", ids, c.get("pad_token_id", 0))
        x = x + self.table(e + ".position_embeddings", torch.arange(ids.shape[1]))[None]
        x = self.norm(e + ".LayerNorm", x, 1e-12)
        for i in range(c["n_layers"]):
            n = f"distilbert.transformer.layer.{i}"
            names = {
                "query": n + ".attention.q_lin",
                "key": n + ".attention.k_lin",
                "value": n + ".attention.v_lin",
                "attention": n + ".attention.out_lin",
                "attention_norm": n + ".sa_layer_norm",
                "intermediate": n + ".ffn.lin1",
                "output": n + ".ffn.lin2",
                "output_norm": n + ".output_layer_norm",
            }
            x = self.post_norm_layer(x, mask, names, c["n_heads"], c.get("activation", "gelu"), 1e-12)
        if "sentence_pooling" in c:
            return self.mean_pooled(x, mask)
        return self.linear("classifier", self.linear("pre_classifier", x[:, 0]).relu())

    def mean_pooled(self, x, mask):
        weight = mask[:, :, None].float()
        pooled = (x * weight).sum(1) / weight.sum(1).clamp(min=1)
        if self.config["sentence_pooling"]["normalize"]:
            pooled = F.normalize(pooled, dim=1)
        return self.linear("classifier", pooled)

    def next_tokens(self, ids, places):
        """Logits of a language model at some places of the flattened batch. Padding stands on the right: no text sees it."""
        kind = self.config["model_type"]
        decoders = ("llama", "mistral", "qwen2", "qwen3", "gemma3_text")
        if kind != "gpt2" and kind not in decoders:
            sys.exit(f"This script does not know the architecture {kind}.")
        hidden, words = self.gpt2(ids) if kind == "gpt2" else self.llama(kind, ids)
        hidden = hidden.reshape(-1, hidden.shape[-1])[places]
        return hidden @ self.weights.get("lm_head.weight", words).T

    def causal_attention(self, q, k, v, scale, window=None):
        """q: [rows, heads, length, dim]; k and v may have fewer heads."""
        k, v = (x.repeat_interleave(q.shape[1] // x.shape[1], 1) for x in (k, v))
        length = q.shape[2]
        behind = torch.arange(length)[:, None] - torch.arange(length)[None]
        hidden = (behind < 0) | (behind >= (window or length))
        scores = (q @ k.transpose(2, 3) * scale).masked_fill(hidden, -math.inf)
        return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)

    def gpt2(self, ids):
        c, words = self.config, self.weights["transformer.wte.weight"]
        eps, heads = c.get("layer_norm_epsilon", 1e-5), c["n_head"]
        conv = lambda name, x: x @ self.weights[name + ".weight"] + self.weights[name + ".bias"]
        x = F.embedding(ids, words) + self.table("transformer.wpe", torch.arange(ids.shape[1]))[None]
        for i in range(c["n_layer"]):
            n = f"transformer.h.{i}"
            qkv = conv(n + ".attn.c_attn", self.norm(n + ".ln_1", x, eps)).chunk(3, -1)
            q, k, v = (part.unflatten(2, (heads, -1)).transpose(1, 2) for part in qkv)
            x = x + conv(n + ".attn.c_proj", self.causal_attention(q, k, v, q.shape[-1] ** -0.5))
            act = activation(c.get("activation_function", "gelu_new"))
            inner = act(conv(n + ".mlp.c_fc", self.norm(n + ".ln_2", x, eps)))
            x = x + conv(n + ".mlp.c_proj", inner)
        return self.norm("transformer.ln_f", x, eps), words

    def llama(self, kind, ids):
        """Llama, Mistral, Qwen 2 and 3, and Gemma 3, whose norms stand round each part and add 1 to their weights."""
        c, words, gemma = self.config, self.weights["model.embed_tokens.weight"], kind == "gemma3_text"
        eps, width = c.get("rms_norm_eps", 1e-6), c["hidden_size"]
        dim = c.get("head_dim") or {"qwen3": 128, "gemma3_text": 256}.get(kind, width // c["num_attention_heads"])
        scale = c.get("query_pre_attn_scalar", 256) ** -0.5 if gemma else dim**-0.5

        def norm(name, x):
            weight = self.weights[name + ".weight"]
            return x * (x.square().mean(-1, keepdim=True) + eps).rsqrt() * (1 + weight if gemma else weight)

        x = F.embedding(ids, words) * (width**0.5 if gemma else 1)
        for i in range(c["num_hidden_layers"]):
            n = f"model.layers.{i}"
            window, rope = layer_sight(c, kind, i)
            angles = rope_angles(ids.shape[1], dim, rope)
            read = norm(n + ".input_layernorm", x)
            q, k, v = (self.linear(f"{n}.self_attn.{p}_proj", read).unflatten(2, (-1, dim)) for p in "qkv")
            if n + ".self_attn.q_norm.weight" in self.weights:
                q, k = norm(n + ".self_attn.q_norm", q), norm(n + ".self_attn.k_norm", k)
            q, k = (turn(part.transpose(1, 2), angles) for part in (q, k))
            mixed = self.causal_attention(q, k, v.transpose(1, 2), scale, window)
            mixed = self.linear(n + ".self_attn.o_proj", mixed)
            x = x + (norm(n + ".post_attention_layernorm", mixed) if gemma else mixed)
            read = norm(n + (".pre_feedforward_layernorm" if gemma else ".post_attention_layernorm"), x)
            act = activation("gelu_pytorch_tanh" if gemma else "silu")
            inner = act(self.linear(n + ".mlp.gate_proj", read)) * self.linear(n + ".mlp.up_proj", read)
            inner = self.linear(n + ".mlp.down_proj", inner)
            x = x + (norm(n + ".post_feedforward_layernorm", inner) if gemma else inner)
        return norm("model.norm", x), words

    def sentence_encoder(self, ids, mask):
        c = self.config
        words = self.table("embeddings.word_embeddings", ids)
        x = words + (words + position_signal(ids.shape[1], c)[None])
        eps = c["layer_norm_eps"]
        for i, layer in enumerate(c["layers"]):
            n = f"encoder.layer.{i}"
            qkv = self.linear(n + ".attention.qkv", self.norm(n + ".attention.layer_norm", x, eps))
            mixed = self.attention(*qkv.chunk(3, -1), layer["num_attention_heads"], mask)
            projected = layer["input_size"] != layer["hidden_size"]
            residual = self.linear(n + ".residual", x) if projected else x
            x = self.linear(n + ".attention.output", mixed) + residual
            inner = self.norm(n + ".feed_forward.layer_norm", x, eps)
            inner = self.linear(n + ".feed_forward.intermediate", inner).relu()
            x = self.linear(n + ".feed_forward.output", inner) + x
        weight = mask[:, :, None].float()
        pooled = (x * weight).sum(1) / weight.sum(1).clamp(min=1)
        pooled = self.linear("pooler.dense", pooled).tanh()
        length = pooled.square().sum(1, keepdim=True).clamp(min=c["normalize_eps"])
        return self.linear("classifier", pooled * length.rsqrt())


def activation(name):
    tanh_gelu = lambda x: F.gelu(x, approximate="tanh")
    return {
        "gelu": F.gelu, "gelu_python": F.gelu, "gelu_new": tanh_gelu, "gelu_fast": tanh_gelu,
        "gelu_pytorch_tanh": tanh_gelu, "relu": F.relu, "silu": F.silu, "swish": F.silu, "tanh": torch.tanh,
    }[name]


def layer_sight(config, kind, layer):
    """How many tokens a token of this layer sees, None for all, and the layer's rotary parameters."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    types = config.get("layer_types")
    if kind == "gemma3_text":
        every = config.get("sliding_window_pattern", 6)
        guess = "full_attention" if (layer + 1) % every == 0 else "sliding_attention"
        own = types[layer] if types else guess
        slides = own == "sliding_attention"
        if own in rope:
            rope = rope[own]
        else:
            rope = {} if slides else rope
            base = config.get("rope_local_base_freq", 1e4) if slides else config.get("rope_theta", 1e6)
            rope = {"rope_theta": base, **rope}
        return (config.get("sliding_window", 4096) if slides else None), rope
    rope = {"rope_theta": config.get("rope_theta", 1e4), **rope}
    if kind == "mistral":
        return config.get("sliding_window"), rope
    slides = config.get("use_sliding_window", False) and (
        types[layer] == "sliding_attention" if types else layer >= config.get("max_window_layers", 28)
    )
    return (config.get("sliding_window") if slides else None), rope


def rope_angles(length, dim, rope):
    """[length, dim]; the second half repeats the first."""
    waves = 1 / rope["rope_theta"] ** (torch.arange(0, dim, 2).float() / dim)
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "linear":
        waves = waves / rope["factor"]
    if kind == "llama3":
        low, high = rope.get("low_freq_factor", 1.0), rope.get("high_freq_factor", 4.0)
        seen = rope["original_max_position_embeddings"] * waves / (2 * math.pi)
        share = ((seen - low) / (high - low)).clamp(0, 1)
        waves = (1 - share) * waves / rope["factor"] + share * waves
    angles = torch.arange(length)[:, None].float() * waves[None]
    return torch.cat([angles, angles], 1)


def turn(x, angles):
    first, second = x.chunk(2, -1)
    return x * angles.cos() + torch.cat([-second, first], -1) * angles.sin()


def position_signal(length, config):
    waves = config["embedding_size"] // 2
    step = math.log(config["max_timescale"] / config["min_timescale"]) / max(1, waves - 1)
    scales = torch.tensor([math.exp(-wave * step) / config["min_timescale"] for wave in range(waves)])
    angles = torch.arange(length)[:, None].float() * scales[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


def loss_sum(logits, batch, run):
    """The sum of the items' losses, and how many items there are."""
    if run["problem_type"] in ("single_label_classification", "language_modeling"):
        labels = torch.tensor(batch["labels"])
        weights = torch.tensor(batch.get("weights") or [1.0] * len(labels))
        log_p = logits.log_softmax(1)
        smoothing = run["label_smoothing_factor"]
        losses = -(1 - smoothing) * log_p.gather(1, labels[:, None])[:, 0] - smoothing * log_p.mean(1)
        return (losses * weights).sum(), weights.sum()
    values = torch.tensor(batch["values"], dtype=torch.float32).reshape(logits.shape)
    if run["problem_type"] == "regression":
        return ((logits - values) ** 2).sum(), values.numel()
    return F.binary_cross_entropy_with_logits(logits, values, reduction="sum"), values.numel()


class Adafactor(torch.optim.Optimizer):
    """As transformers' Trainer sets it up: the given rate, no scaling by the parameters, no first moment."""

    def __init__(self, groups, lr):
        super().__init__(groups, {"lr": lr, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                state["step"] = state.get("step", 0) + 1
                keep = 1 - state["step"] ** -0.8
                square = p.grad**2 + 1e-30

                def average(key, value):
                    state[key] = state.get(key, torch.zeros_like(value)) * keep + value * (1 - keep)
                    return state[key]

                if p.dim() >= 2:
                    row, column = average("row", square.mean(-1)), average("column", square.mean(-2))
                    factor = (row / row.mean(-1, keepdim=True)).rsqrt().unsqueeze(-1)
                    update = factor * column.unsqueeze(-2).rsqrt() * p.grad
                else:
                    update = average("all", square).rsqrt() * p.grad
                update /= (update.norm(2) / update.numel() ** 0.5).clamp(min=1.0)
                if group["weight_decay"]:
                    p.add_(p, alpha=-group["weight_decay"] * group["lr"])
                p.add_(update, alpha=-group["lr"])


def make_optimizer(run, weights):
    decayed = set(run["decayed"])
    groups = [
        {"params": [weights[n] for n in run["trained"] if n in decayed], "weight_decay": run["weight_decay"]},
        {"params": [weights[n] for n in run["trained"] if n not in decayed], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    name, rate = run["optim"], run["learning_rate"]
    if name == "adafactor":
        return Adafactor(groups, rate)
    if name == "adamw_torch":
        betas = (run["adam_beta1"], run["adam_beta2"])
        return torch.optim.AdamW(groups, lr=rate, betas=betas, eps=run["adam_epsilon"])
    kinds = {"sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad, "rmsprop": torch.optim.RMSprop}
    return kinds[name](groups, lr=rate, **run["optim_options"])


def replay(run, config, weights):
    """Loss and gradient norm of every update."""
    for name in run["trained"]:
        weights[name].requires_grad_()
    model, optimizer = Model(config, weights), make_optimizer(run, weights)
    for update in run["updates"]:
        optimizer.zero_grad()
        parts = []
        for batch in update["batches"]:
            ids, mask = torch.tensor(batch["input_ids"]), torch.tensor(batch["attention_mask"])
            types = torch.tensor(batch["token_type_ids"]) if "token_type_ids" in batch else torch.zeros_like(ids)
            is_writer = run["problem_type"] == "language_modeling"
            logits = model.next_tokens(ids, batch["predictors"]) if is_writer else model.logits(ids, mask, types)
            parts.append(loss_sum(logits, batch, run))
        loss = sum(part for part, _ in parts) / sum(items for _, items in parts)
        loss.backward()
        gradients = [weights[name].grad for name in run["trained"] if weights[name].grad is not None]
        # In 64 bits: clip_grad_norm_ adds up in 32, and is off by 3e-5 for tables of some size.
        norm = math.sqrt(sum(gradient.double().square().sum().item() for gradient in gradients))
        for gradient in gradients:
            gradient.mul_(min(1.0, (run["max_grad_norm"] or math.inf) / (norm + 1e-6)))
        for group in optimizer.param_groups:
            group["lr"] = update["learning_rate"]
        optimizer.step()
        yield loss.item(), norm


def relative(a, b):
    return abs(a - b) / max(abs(b), 1e-12)


def main():
    run, config = read_json("run.json"), read_json("config.json")
    limit = run["tolerance"]
    print(f"{run['name']}: {len(run['updates'])} updates, computed by {run['backend']}, here by PyTorch {torch.__version__}")
    print(f"{'step':>5} {'loss, studio':>14} {'loss, torch':>14} {'grad_norm, studio':>18} {'grad_norm, torch':>17} {'apart':>9}")
    failed, checked, losses, norms = 0, 0, [], []
    for step, (loss, norm) in enumerate(replay(run, config, read_weights("model.safetensors")), 1):
        update = run["updates"][step - 1]
        apart = max(relative(update["loss"], loss), relative(update["grad_norm"], norm))
        losses.append(loss)
        norms.append(norm)
        checked += 1
        failed += not apart <= limit
        verdict = "pass" if apart <= limit else "FAIL"
        print(f"{step:>5} {update['loss']:>14.7f} {loss:>14.7f} {update['grad_norm']:>18.7f} {norm:>17.7f} {apart:>9.1e} {verdict}")
    start = 0
    for row in run["log"]:
        mean = sum(losses[start : row["step"]]) / (row["step"] - start)
        apart = max(relative(row["loss"], mean), relative(row["grad_norm"], norms[row["step"] - 1]))
        start = row["step"]
        checked += 1
        failed += not apart <= limit
        verdict = "pass" if apart <= limit else "FAIL"
        print(f"  log row of step {row['step']}: loss {row['loss']:.7f}, torch {mean:.7f}, apart {apart:.1e} {verdict}")
    if run["note"]:
        print(run["note"])
    print(f"{checked - failed} of {checked} agree within {limit:g}: {'FAIL' if failed else 'PASS'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
