// A process that unpacks one archive and reports the folder: arguments are the library, archive and cache.
const [library, archive, cache] = process.argv.slice(2);
const { unpackModelArchive } = await import(library);
process.send(await unpackModelArchive(archive, { cache }));
process.disconnect();
