// The files of a page, read once, with the headers under which a browser may run them.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file as it is answered. */
export interface PageFile {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Nothing but the page's own files, and images that it was sent with a key: no inline script, no other host, no
 * frame around it.
 */
const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

function pageFile(path: string): PageFile {
  const bytes = readFileSync(path);
  // The builder puts a digest of the content into the names of all but the page itself.
  const named = /-[\w-]{8}\.\w+$/.test(path);
  return {
    bytes,
    headers: {
      'content-type': mediaTypes[extname(path)],
      'content-length': String(bytes.length),
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': named ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    },
  };
}

function folderOf(name: string): string {
  return fileURLToPath(new URL(`../../studio/${name}/`, import.meta.url));
}

/** The files of a page, or none where the package was compiled without its pages. */
export function readPageIfBuilt(name: string): ReadonlyMap<string, PageFile> {
  return existsSync(folderOf(name)) ? readPage(name) : new Map<string, PageFile>();
}

/**
 * The files of the page `name`, by their paths under it with `/` between: index.html, assets/....
 * A path that a client asks for is looked up here and never reaches the disk.
 */
export function readPage(name: string): ReadonlyMap<string, PageFile> {
  const folder = folderOf(name);
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !(extname(path) in mediaTypes)) continue;
    files.set(path.slice(folder.length).replaceAll('\\', '/'), pageFile(path));
  }
  return files;
}
