// Which sentence is most like a question? And: vectors of any number of texts, a batch at a time.
import { BertClient } from 'polytag/client';

const sentences = [
  'How do I reset my password?',
  'The train to Basel leaves at noon.',
  'I cannot log in to my account any more.',
];

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, at) => sum + value * y[at], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function* batches(): Generator<string[]> {
  for (let batch = 0; batch < 3; batch++) yield sentences.map((text) => `${batch}: ${text}`);
}

const client = await BertClient.connect({ timeout: 10_000 });
try {
  const [question] = (await client.encode(['my login does not work'])).rows();
  const vectors = (await client.encode(sentences)).rows();
  const scores = vectors.map((vector, at) => [cosine(vector, question), sentences[at]] as const);
  for (const [score, text] of scores.sort(([a], [b]) => b - a)) {
    process.stdout.write(`${score.toFixed(3)}  ${text}\n`);
  }
  // At most four requests are under way, however fast the batches come.
  for await (const { shape } of client.encodeAsync(batches(), { maxInFlight: 4 })) {
    process.stdout.write(`${shape.join(' x ')}\n`);
  }
} finally {
  client.close();
}
