"""Three steps of fine-tuning all-MiniLM-L6-v2 by PyTorch in float64: the numbers of tests/fixtures/minilm-tuning/steps.json.

Modes full, top:2 and lora; no dropout; BCE; AdamW with decay 0.01 on matrices, clipping to norm 1, encoder rate 1e-4, head
rate 3e-4. Head, labels and the thin matrices of lora follow formulas, so that they need not be kept.
Arguments: model folder (float16 weights are fine: both sides widen them), output file."""
import json
import math
import sys

import torch
from transformers import AutoModel, AutoTokenizer

folder, output = sys.argv[1:3]
texts = [
    "Thank you for the sources, I have added them.",
    "what an idiot",
    "Please stop. This page was fine as it was before you came along and broke the table, twice.",
    "no",
    "I disagree with the edit but I see your point about the third paragraph",
    "You will regret this!!!",
]
labels = 6
tokenizer = AutoTokenizer.from_pretrained(folder)
encoded = tokenizer(texts, padding=True, return_tensors="pt", truncation=True, max_length=32)
targets = torch.tensor([[float((row * 7 + column * 3) % 5 == 0) for column in range(labels)] for row in range(len(texts))]).double()


def formula(shape, scale, phase):
    count = math.prod(shape)
    return torch.tensor([scale * math.sin(0.7 * at + phase) for at in range(count)], dtype=torch.float32).double().reshape(shape)


def run(mode):
    model = AutoModel.from_pretrained(folder).double().eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    head = torch.nn.Parameter(formula((labels, 4 * 384), 0.05, 1.0))
    bias = torch.nn.Parameter(torch.zeros(labels).double())
    named = {}
    adapted = []
    for name, parameter in model.named_parameters():
        layer = int(name.split("layer.")[1].split(".")[0]) if "layer." in name else None
        if layer is None or "pooler" in name:
            continue
        if mode == "full" or (mode == "top:2" and layer >= 4):
            named[name] = parameter.requires_grad_(True)
        if mode == "lora" and name.endswith(("self.query.weight", "self.value.weight")):
            stem = name.removesuffix(".weight")
            down = torch.nn.Parameter(formula((4, parameter.shape[1]), 0.05, 2.0 + layer))
            up = torch.nn.Parameter(formula((parameter.shape[0], 4), 0.02, 3.0 + layer))
            named[f"{stem}.lora_down"], named[f"{stem}.lora_up"] = down, up
            module = model.get_submodule(stem)
            adapted.append((module, down, up))
            module.register_forward_hook(
                lambda _, inputs, result, down=down, up=up: result + 2.0 * (inputs[0] @ down.T @ up.T)
            )
    groups = [
        {"params": [p for p in named.values() if p.dim() > 1], "lr": 1e-4, "weight_decay": 0.01},
        {"params": [p for p in named.values() if p.dim() == 1], "lr": 1e-4, "weight_decay": 0.0},
        {"params": [head], "lr": 3e-4, "weight_decay": 0.01},
        {"params": [bias], "lr": 3e-4, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups)
    everything = [*named.values(), head, bias]
    mask = encoded["attention_mask"].unsqueeze(-1).double()
    steps = []
    for _ in range(3):
        states = model(**encoded, output_hidden_states=True).hidden_states
        mean = lambda state: (state * mask).sum(1) / mask.sum(1)
        largest = (states[-1] - (1 - mask) * 1e30).max(1).values
        vectors = torch.cat([mean(states[-1]), largest, states[-1][:, 0], mean(states[-2])], -1)
        logits = vectors @ head.T + bias
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(everything, 1.0)
        optimizer.step()
        steps.append({"loss": loss.item(), "norm": norm.item(), "logits": logits.flatten().tolist()})
    final = {**named, "classifier.weight": head, "classifier.bias": bias}
    weights = {
        name: {"sum": p.sum().item(), "squares": (p * p).sum().item(), "first": p.flatten()[:3].tolist()}
        for name, p in final.items()
    }
    return {"steps": steps, "weights": weights}


record = {
    "note": "bench/peers/tuning_reference.py, PyTorch float64 on all-MiniLM-L6-v2 as bundled (float16 weights, widened)",
    "input_ids": [ids[: int(length)].tolist() for ids, length in zip(encoded["input_ids"], encoded["attention_mask"].sum(1))],
    "modes": {mode: run(mode) for mode in ("full", "top:2", "lora")},
}
with open(output, "w", encoding="utf-8") as file:
    json.dump(record, file)
