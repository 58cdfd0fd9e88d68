"""Which sentence is most like a question? With the client of bert-as-service, as it is on PyPI."""
import numpy as np
from bert_serving.client import BertClient

sentences = [
    'How do I reset my password?',
    'The train to Basel leaves at noon.',
    'I cannot log in to my account any more.',
]

# A timeout in milliseconds: without one the client waits for ever when the server is gone.
with BertClient(timeout=10000) as client:
    vectors = client.encode(sentences)
    question = client.encode(['my login does not work'])[0]

scores = vectors @ question / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(question))
for score, sentence in sorted(zip(scores, sentences), reverse=True):
    print('%.3f  %s' % (score, sentence))
