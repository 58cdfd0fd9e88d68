// Bold and dim text, only where it is wanted.
import { styleText } from 'node:util';

/**
 * A text in a style if the stream it will be printed to is a terminal that shows styles and NO_COLOR
 * is not set (FORCE_COLOR overrules both); the bare text otherwise, and where no stream is given.
 */
export function emphasize(
  style: 'bold' | 'dim',
  text: string,
  stream: NodeJS.WritableStream | undefined,
): string {
  // Without the stream, styleText would look at standard output, whatever the text is printed to.
  return stream === undefined || text === '' ? text : styleText(style, text, { stream });
}
