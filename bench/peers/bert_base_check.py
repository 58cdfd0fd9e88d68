"""Vectors of a few texts by PyTorch from the raw weights of bench/bert-base-checkpoint.mjs: mean of the last layer but one.
Prints them as JSON. Arguments: folder, JSON file with token ids (a list of lists)."""
import json
import sys

import numpy
import torch
from transformers import BertConfig, BertModel

folder, ids_file = sys.argv[1:3]
config = BertConfig.from_json_file(f"{folder}/bert_config.json")
model = BertModel(config).double().eval()
state = model.state_dict()
numbers = numpy.fromfile(f"{folder}/weights.f32", dtype="<f4")
offset = 0
seen = set()
for name, shape in json.load(open(f"{folder}/weights.json")):
    size = int(numpy.prod(shape))
    array = numbers[offset : offset + size].reshape(shape)
    offset += size
    target = name.removeprefix("bert/").replace("layer_", "layer/").replace("/", ".")
    target = target.replace("gamma", "weight").replace("beta", "bias")
    if target.endswith("kernel"):
        target, array = target.replace("kernel", "weight"), array.T
    elif target.endswith("embeddings") and target.count(".") == 1:
        target += ".weight"
    state[target].copy_(torch.from_numpy(numpy.ascontiguousarray(array)))
    seen.add(target)
assert offset == len(numbers)
assert {name for name in state if "position_ids" not in name} == seen
vectors = []
with torch.no_grad():
    for ids in json.load(open(ids_file)):
        states = model(torch.tensor([ids]), output_hidden_states=True).hidden_states
        vectors.append(states[-2][0].mean(0).tolist())
print(json.dumps(vectors))
