// POST /v1/embed: texts in, vectors out.
import { checkBody } from '../../http/schema-check.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { writeTensors } from '../vector-lists.js';
import { askedTexts } from './asked-texts.js';
import { embedBody } from './schemas.js';

/** The vector with the length 1; one of zeros stays as it is. */
function normalized(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** @throws Refusal; PolytagError of encoding */
export async function answerEmbed(
  { body, context, limits }: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const asked = checkBody(embedBody, body);
  const texts = askedTexts(asked, limits.texts);
  const model = service.encoder(asked.model);
  const encoded = await model.embed(texts, context);
  const { name, version, dimensions } = model;
  const isNormalized = asked.normalize ?? true;
  const vectors = encoded.map(({ vector }) => ({
    data: isNormalized ? normalized(vector) : vector,
    shape: [dimensions],
  }));
  const tokens = encoded.reduce((sum, one) => sum + one.tokens, 0);
  const head = JSON.stringify({ model: name, version, dimensions }).slice(0, -1);
  const tail = JSON.stringify({
    tokens: encoded.map((one) => one.tokens),
    truncated: encoded.map(({ truncated }) => truncated),
    usage: { texts: texts.length, tokens },
  }).slice(1);
  const bytes = await writeTensors(vectors, context.signal, {
    before: `${head},"embeddings":`,
    after: `,${tail}`,
  });
  return { bytes, encoded: { model: name, texts: texts.length, tokens } };
}
