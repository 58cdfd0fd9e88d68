// Tells well-formed XML, as far as drawings go (elements, attributes, text), from anything else.

const tag = /<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<&]*")*)\s*(\/?)>/y;

/** The elements in document order, with their attributes; throws where the text is not well formed. */
export function parseXml(xml: string): { name: string; attributes: Map<string, string> }[] {
  const elements: { name: string; attributes: Map<string, string> }[] = [];
  const open: string[] = [];
  let at = 0;
  while (at < xml.length) {
    const next = xml.indexOf('<', at);
    const words = xml.slice(at, next < 0 ? undefined : next);
    if (/&(?!(?:amp|lt|gt|quot|apos);)|>/.test(words)) throw new Error(`bad text: ${words}`);
    if (open.length === 0 && words.trim() !== '') throw new Error(`text outside: ${words}`);
    if (next < 0) break;
    tag.lastIndex = next;
    const found = tag.exec(xml);
    if (found === null) throw new Error(`bad tag: ${xml.slice(next, next + 80)}`);
    const [whole, closing, name, attributes, empty] = found;
    at = next + whole.length;
    if (closing === '/') {
      if (open.pop() !== name) throw new Error(`${name} is closed, but another is open`);
      continue;
    }
    if (open.length === 0 && elements.length > 0) throw new Error('two roots');
    const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
      ([, key, value]): [string, string] => [key, value],
    );
    const named = new Map(pairs);
    if (named.size < pairs.length) throw new Error(`an attribute twice in ${whole}`);
    elements.push({ name, attributes: named });
    if (empty !== '/') open.push(name);
  }
  if (open.length > 0) throw new Error(`${open.join()} not closed`);
  return elements;
}
