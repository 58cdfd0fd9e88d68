"""A fine-tuning step by PyTorch: prints seconds, the median of several, and the peak of the process's memory in MB.
Arguments: model folder (Hugging Face's layout), rows, tokens, lowest trained layer, threads, float32 or bfloat16,
layers, hidden size."""
import resource
import statistics
import sys
import time

import torch
from transformers import AutoConfig, AutoModel

folder = sys.argv[1]
rows, tokens, start, threads = (int(word) for word in sys.argv[2:6])
half = sys.argv[6] == "bfloat16"
torch.set_num_threads(threads)
layers_wanted, hidden = (int(word) for word in sys.argv[7:9])
config = AutoConfig.from_pretrained(folder)
config.num_hidden_layers, config.hidden_size, config.intermediate_size = layers_wanted, hidden, 4 * hidden
# Weights do not matter for time: a configuration is enough.
model = AutoModel.from_config(config).float().train()
labels = 6
width = config.hidden_size
head = torch.nn.Sequential(torch.nn.Linear(4 * width, 128), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(128, labels))
layers = list(model.encoder.layer)
trained = [p for layer in layers[start:] for p in layer.parameters()] + list(head.parameters())
for parameter in model.parameters():
    parameter.requires_grad_(False)
for parameter in trained:
    parameter.requires_grad_(True)
optimizer = torch.optim.AdamW(trained, lr=1e-4)
ids = torch.randint(1000, 20000, (rows, tokens))
states = torch.randn(rows, tokens, width)
targets = (torch.rand(rows, labels) < 0.1).float()
mask = torch.zeros(rows, 1, 1, tokens)


def forward():
    x = states if start > 0 else model.embeddings(input_ids=ids)
    below = x
    for layer in layers[start:]:
        below = x
        x = layer(x, mask)
        x = x[0] if isinstance(x, tuple) else x
    return torch.cat([x.mean(1), x.max(1).values, x[:, 0], below.mean(1)], -1)


seconds = []
for _ in range(7):
    begin = time.perf_counter()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
        logits = head(forward())
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), targets)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    seconds.append(time.perf_counter() - begin)
print(statistics.median(seconds[2:]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
