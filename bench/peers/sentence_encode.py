"""Mean-pooled encodings of the lines of a file by sentence-transformers (which sorts by length). Prints seconds."""
import sys
import time

from sentence_transformers import SentenceTransformer

model_folder, texts_file, max_length = sys.argv[1:4]
with open(texts_file, encoding="utf-8") as file:
    texts = [line.rstrip("\n") for line in file]
# The folder's weights are float16; on a processor that is slow, and ours computes in float32.
model = SentenceTransformer(model_folder, device="cpu").float()
model.max_seq_length = int(max_length)
model.encode(texts[:64])
start = time.perf_counter()
model.encode(texts, batch_size=32)
print(time.perf_counter() - start)
