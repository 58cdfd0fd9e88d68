// Answers a file of the page.
import type { ServerResponse } from 'node:http';
import type { PageFile } from './page-files.js';
import type { RequestHead } from './request-head.js';

export function answerFile(file: PageFile, head: RequestHead, outgoing: ServerResponse): void {
  const headers: Record<string, string> = { ...file.headers };
  if (head.headers.get('if-none-match')?.includes(headers.etag) === true) {
    delete headers['content-length'];
    outgoing.writeHead(304, headers);
    outgoing.end();
    return;
  }
  outgoing.writeHead(200, headers);
  outgoing.end(head.isHead ? undefined : file.bytes);
}
