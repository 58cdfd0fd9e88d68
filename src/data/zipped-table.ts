// Finds the one table in a .zip, as Kaggle ships them, and unpacks it as a stream, its checksum verified.
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { PolytagError, polytagError } from '../errors/index.js';

const mostEntries = 100_000;

/**
 * Opens the table in the .zip file `path`. Folders, hidden files and the marks that macOS leaves are
 * overlooked.
 *
 * @throws PolytagError ZIP_UNSUITABLE if there is no table, or more than one, or it is encrypted;
 *   TABLE_DAMAGED, also while reading
 */
export async function openZippedTable(
  path: string,
): Promise<{ name: string; chunks: AsyncGenerator<Uint8Array, void> }> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (error) {
    throw damaged(path, error);
  }
  try {
    const entry = await findTable(zip, path);
    return { name: entry.fileName, chunks: unpackEntry(zip, entry, path) };
  } catch (error) {
    zip.close();
    throw damaged(path, error);
  }
}

async function findTable(zip: ZipFile, path: string): Promise<Entry> {
  const tables: Entry[] = [];
  let entries = 0;
  for await (const entry of zip.eachEntry()) {
    if (++entries > mostEntries) {
      throw polytagError('ZIP_UNSUITABLE', {
        file: path,
        reason: `it holds over ${mostEntries} files`,
      });
    }
    if (!/(?:^|\/)(?:__MACOSX\/|\.[^/]*$)|\/$/.test(entry.fileName)) {
      tables.push(entry);
    }
  }
  const names = tables.map((entry) => entry.fileName);
  if (names.includes('[Content_Types].xml')) {
    const reason = 'it is an Excel workbook or another Office file; save the sheet as CSV first';
    throw polytagError('ZIP_UNSUITABLE', { file: path, reason });
  }
  if (tables.length !== 1) {
    const shown = names.slice(0, 10).join(', ') + (names.length > 10 ? ', ..' : '');
    const reason =
      names.length === 0 ? 'it holds no file' : `it holds ${names.length} files (${shown})`;
    throw polytagError('ZIP_UNSUITABLE', { file: path, reason });
  }
  if (tables[0].isEncrypted()) {
    throw polytagError('ZIP_UNSUITABLE', { file: path, reason: `${names[0]} in it is encrypted` });
  }
  return tables[0];
}

async function* unpackEntry(
  zip: ZipFile,
  entry: Entry,
  path: string,
): AsyncGenerator<Uint8Array, void> {
  try {
    const stream = await zip.openReadStreamPromise(entry);
    let checksum = 0;
    for await (const chunk of stream) {
      if (chunk instanceof Uint8Array) {
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    }
    if (checksum !== entry.crc32) {
      throw polytagError('TABLE_DAMAGED', {
        file: path,
        reason: `the checksum of ${entry.fileName} in it is wrong`,
      });
    }
  } catch (error) {
    throw damaged(path, error);
  } finally {
    zip.close();
  }
}

// yauzl throws plain errors with a good sentence for everything that is wrong with a file.
function damaged(path: string, error: unknown): Error {
  if (error instanceof PolytagError) {
    return error;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return polytagError('TABLE_DAMAGED', { file: path, reason }, { cause: error });
}
