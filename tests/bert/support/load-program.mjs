// A process that loads an encoder with a cache and reports vectors: arguments are the library, the model, the cache and the texts.
const [library, reference, modelCache, ...texts] = process.argv.slice(2);
const { Encoder } = await import(library);
const encoder = await Encoder.load(reference, { workers: 1, modelCache });
const { data } = await encoder.encode(texts);
await encoder.close();
process.send(Array.from(data));
process.disconnect();
