"""Fine-tunes by PyTorch as a person would who knows how: what polytag's fine-tuning is measured beside, over wall time.

One pass of the frozen encoder gives the states of the lowest frozen layers and the features of the head; the head learns first;
then the upper layers and the head learn together on the kept states. bfloat16 autocast, AdamW, batches of like length, each
label's cross-entropy divided by the entropy of its base rate, rates that fall linearly to zero.
Arguments: model folder (Hugging Face's layout), JSON file with texts, labels ([rows][labels], 0 or 1), train and held (row numbers),
threads, epochs, layers that learn, rate of the encoder, rate of the head, tokens, measurements, folder for the scores.
Writes scores-N.bin (float32, [held, labels]) into that folder, and prints a list of them in JSON at the end: [{"seconds", "file"}]. Time for
measuring does not count, nor does the time to load the libraries."""
import json
import math
import sys
import time

import numpy
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, pad
from transformers import AutoModel, AutoTokenizer

folder, table_path, threads, epochs, upper, encoder_rate, head_rate, longest, measurements, output = sys.argv[1:11]
threads, upper, longest, measurements = int(threads), int(upper), int(longest), int(measurements)
epochs, encoder_rate, head_rate = float(epochs), float(encoder_rate), float(head_rate)
BATCH = 32
torch.set_num_threads(threads)
torch.manual_seed(1)
with open(table_path, encoding="utf-8") as file:
    table = json.load(file)
texts, train, held = table["texts"], table["train"], table["held"]
targets = torch.tensor(table["labels"], dtype=torch.float32)
model = AutoModel.from_pretrained(folder).float()
tokenizer = AutoTokenizer.from_pretrained(folder)
layers = list(model.encoder.layer)
start = len(layers) - upper
width = model.config.hidden_size
autocast = torch.autocast("cpu", dtype=torch.bfloat16)


class Clock:
    """Counts learning, not measuring."""

    def __init__(self):
        self.spent, self.begin = 0.0, time.perf_counter()

    def pause(self):
        self.spent += time.perf_counter() - self.begin

    def go_on(self):
        self.begin = time.perf_counter()


clock = Clock()


def attend(mask):
    return (1.0 - mask[:, None, None, :].float()) * -1e9


def run_layers(states, mask, some):
    """The states after the layers, and those before the last of them."""
    below = states
    for layer in some:
        below = states
        states = layer(states, mask)
        states = states[0] if isinstance(states, tuple) else states
    return states, below


def pool(states, below, mask):
    weights = mask[:, :, None].float()
    counts = weights.sum(1)
    mean = (states.float() * weights).sum(1) / counts
    highest = states.float().masked_fill(weights == 0, -1e9).amax(1)
    return torch.cat([mean, highest, states[:, 0].float(), (below.float() * weights).sum(1) / counts], -1)


def batches_of_like_length(rows, lengths, size, generator):
    order = [rows[at] for at in torch.randperm(len(rows), generator=generator)]
    batches = []
    for begin in range(0, len(order), size * 50):
        part = sorted(order[begin : begin + size * 50], key=lambda row: lengths[row])
        batches += [part[at : at + size] for at in range(0, len(part), size)]
    return [batches[at] for at in torch.randperm(len(batches), generator=generator)]


def encode(rows):
    """The states that the upper layers start from, in bfloat16, and the features of the head."""
    ids = tokenizer([texts[row] for row in rows], truncation=True, max_length=longest)["input_ids"]
    order = sorted(range(len(rows)), key=lambda at: len(ids[at]))
    features = torch.empty(len(rows), 4 * width)
    with torch.inference_mode(), autocast:
        model.eval()
        for begin in range(0, len(order), 64):
            part = order[begin : begin + 64]
            length = len(ids[part[-1]])
            batch = torch.zeros(len(part), length, dtype=torch.long)
            mask = torch.zeros(len(part), length)
            for place, at in enumerate(part):
                batch[place, : len(ids[at])] = torch.tensor(ids[at])
                mask[place, : len(ids[at])] = 1
            lower, _ = run_layers(model.embeddings(input_ids=batch), attend(mask), layers[:start])
            final, below = run_layers(lower, attend(mask), layers[start:])
            features[part] = pool(final, below, mask)
            for place, at in enumerate(part):
                states[rows[at]] = lower[place, : len(ids[at])].to(torch.bfloat16).clone()
    return features


def gather(rows):
    length = max(states[row].shape[0] for row in rows)
    batch = torch.stack([pad(states[row], (0, 0, 0, length - states[row].shape[0])) for row in rows])
    mask = torch.tensor([[1.0] * states[row].shape[0] + [0.0] * (length - states[row].shape[0]) for row in rows])
    return batch.float(), mask


def loss_of(logits, rows):
    return (binary_cross_entropy_with_logits(logits.float(), targets[rows], reduction="none") * weights).mean()


states = {}
head = torch.nn.Sequential(
    torch.nn.Linear(4 * width, 128), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(128, targets.shape[1])
)
features = encode(train)
rates = targets[train].mean(0)
weights = -1 / (rates * rates.log() + (1 - rates) * (1 - rates).log())
means, deviations = features.mean(0), features.std(0) + 1e-6
features = (features - means) / deviations


def train_head():
    rounds, size = 4, 128
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=0.1)
    steps = rounds * math.ceil(len(train) / size)
    falling = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    places = torch.tensor(train)
    for _ in range(rounds):
        order = torch.randperm(len(train))
        for begin in range(0, len(train), size):
            part = order[begin : begin + size]
            loss = loss_of(head(features[part]), places[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            falling.step()


measurements_made = []


def measure():
    clock.pause()
    if not measurements_made:
        # What learns does not wait for these.
        encode(held)
    model.eval()
    head.eval()
    scores = torch.empty(len(held), targets.shape[1])
    order = sorted(range(len(held)), key=lambda at: states[held[at]].shape[0])
    with torch.inference_mode(), autocast:
        for begin in range(0, len(order), 64):
            part = order[begin : begin + 64]
            batch, mask = gather([held[at] for at in part])
            final, below = run_layers(batch, attend(mask), layers[start:])
            scores[part] = head((pool(final, below, mask) - means) / deviations).float().sigmoid()
    path = f"{output}/scores-{len(measurements_made)}.bin"
    scores.numpy().astype(numpy.float32).tofile(path)
    measurements_made.append({"seconds": clock.spent, "file": path})
    model.train()
    head.train()
    clock.go_on()


def tune():
    learning = [p for layer in layers[start:] for p in layer.parameters()]
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for parameter in learning:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(
        [{"params": learning, "lr": encoder_rate}, {"params": head.parameters(), "lr": head_rate}], weight_decay=0.01
    )
    lengths = {row: states[row].shape[0] for row in train}
    generator = torch.Generator().manual_seed(1)
    steps = round(math.ceil(len(train) / BATCH) * epochs)
    warmup = max(1, round(0.05 * steps))
    falling = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, (steps - step) / max(1, steps - warmup))
    )
    marks = {round((at + 1) * steps / measurements) for at in range(measurements)}
    done = 0
    while done < steps:
        for rows in batches_of_like_length(train, lengths, BATCH, generator):
            batch, mask = gather(rows)
            with autocast:
                final, below = run_layers(batch, attend(mask), layers[start:])
                logits = head((pool(final, below, mask) - means) / deviations)
            loss = loss_of(logits, rows)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*learning, *head.parameters()], 1.0)
            optimizer.step()
            falling.step()
            done += 1
            if done in marks:
                measure()
            if done == steps:
                break


head.train()
train_head()
measure()
model.train()
tune()
print(json.dumps(measurements_made))
