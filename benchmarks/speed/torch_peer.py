"""PyTorch's side of the benchmark: reads one JSON line a request, answers one line. Run by scripts/benchmark-speed.ts."""
import json
import os
import re
import sys
import time

import torch
import torch.nn.functional as F

state = {}


class Block(torch.nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.c_attn, self.c_proj = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
        self.c_fc, self.c_out = torch.nn.Linear(width, 4 * width), torch.nn.Linear(4 * width, width)

    def forward(self, x, mask):
        batch, seq, width = x.shape
        parts = self.c_attn(self.ln_1(x)).split(width, dim=2)
        q, k, v = (p.view(batch, seq, self.heads, -1).transpose(1, 2) for p in parts)
        scores = q @ k.transpose(2, 3) / (width // self.heads) ** 0.5
        mixed = torch.softmax(scores.masked_fill(mask, float("-inf")), -1) @ v
        x = x + self.c_proj(mixed.transpose(1, 2).reshape(batch, seq, width))
        return x + self.c_out(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.wte = torch.nn.Embedding(size["vocabulary"], size["width"])
        self.wpe = torch.nn.Embedding(size["seq"], size["width"])
        self.h = torch.nn.ModuleList([Block(size["width"], size["heads"]) for _ in range(size["layers"])])
        self.ln_f = torch.nn.LayerNorm(size["width"])
        for parameter in self.parameters():
            if parameter.dim() > 1:
                torch.nn.init.uniform_(parameter, -0.02, 0.02)
        self.register_buffer("mask", torch.ones(size["seq"], size["seq"]).triu(1).bool())

    def forward(self, ids):
        x = self.wte(ids) + self.wpe.weight
        for block in self.h:
            x = block(x, self.mask)
        return self.ln_f(x) @ self.wte.weight.t()


def prepare(request):
    torch.set_num_threads(request["threads"])
    task = request["task"]
    if task["type"] == "gemm":
        a, b = torch.rand(task["size"], task["size"]), torch.rand(task["size"], task["size"])
        state["step"] = lambda: float((a @ b)[0, 0])
        return
    size = task["size"]
    model = Gpt(size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    ids = torch.randint(size["vocabulary"], (size["batch"], size["seq"]))
    targets = torch.randint(size["vocabulary"], (size["batch"] * size["seq"],))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(ids).reshape(-1, size["vocabulary"]), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    state["step"] = step


def find_blas():
    """The library of the matrix products. Debian's PyTorch takes whichever is installed, and the plainest is 50 times slower."""
    torch.rand(64, 64) @ torch.rand(64, 64)
    if "mkl" in re.findall(r"BLAS_INFO=(\w+)", torch.__config__.show()):
        return "MKL"
    try:
        with open("/proc/self/maps") as maps:
            files = maps.read()
    except OSError:
        return "unknown BLAS"
    if "openblas" in files:
        return "OpenBLAS"
    if "/blis" in files or "libblis" in files:
        return "BLIS"
    return "reference BLAS" if "libblas.so" in files else "unknown BLAS"


try:
    # Chromium raises the priority of its processes; with a lower one PyTorch would wait for whatever else the machine does.
    os.setpriority(os.PRIO_PROCESS, 0, -8)
except (AttributeError, OSError):
    pass
print(json.dumps({"version": torch.__version__, "blas": find_blas()}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if request["type"] == "prepare":
        prepare(request)
        print(json.dumps({}), flush=True)
    else:
        start = time.perf_counter()
        for _ in range(request["steps"]):
            loss = state["step"]()
        spent = 1000 * (time.perf_counter() - start) / request["steps"]
        print(json.dumps({"milliseconds": spent, "loss": loss}), flush=True)
