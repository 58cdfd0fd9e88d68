"""One epoch of a dense head in PyTorch: rows x width features, 128 relu, dropout, 6 logits, Adam. Prints seconds."""
import sys
import time

import torch

rows, width, batch = (int(argument) for argument in sys.argv[1:4])
torch.manual_seed(0)
features = torch.randn(rows, width)
targets = (torch.rand(rows, 6) < 0.1).float()
head = torch.nn.Sequential(
    torch.nn.Linear(width, 128), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(128, 6)
)
optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
loss_of = torch.nn.BCEWithLogitsLoss()


def epoch() -> float:
    start = time.perf_counter()
    order = torch.randperm(rows)
    for at in range(0, rows, batch):
        picked = order[at : at + batch]
        optimizer.zero_grad()
        loss_of(head(features[picked]), targets[picked]).backward()
        optimizer.step()
    return time.perf_counter() - start


epoch()
print(epoch())
