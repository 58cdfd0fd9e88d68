// Finds the route of a path: literal paths first, then templates such as /v1/models/{model}:predict, in their order.
import type { Dialect, DialectRoute } from '../dialects/dialect.js';
import { Refusal } from './refusal.js';

/** A route, and who answers it. */
export interface FoundRoute {
  readonly dialect: Dialect;
  readonly route: DialectRoute;
  /** Percent-decoded. */
  readonly parameters: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dialect: Dialect;
  readonly route: DialectRoute;
}

/** Routes of one path, by method. */
type Methods = Map<string, Entry>;

interface Template {
  readonly text: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly methods: Methods;
}

const placeholder = /\{(\w+)\}/g;

function escapeLiteral(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

function compileTemplate(text: string): Omit<Template, 'methods'> {
  const names: string[] = [];
  let pattern = '';
  let from = 0;
  for (const match of text.matchAll(placeholder)) {
    pattern += `${escapeLiteral(text.slice(from, match.index))}([^/]+?)`;
    names.push(match[1]);
    from = match.index + match[0].length;
  }
  return { text, names, pattern: new RegExp(`^${pattern}${escapeLiteral(text.slice(from))}$`) };
}

function decodeParameter(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal('REQUEST_INVALID', 'the path is not UTF-8 in percent-encoding');
  }
}

/** How many segments two paths have in common from their beginning. */
function commonSegments(path: readonly string[], other: readonly string[]): number {
  let count = 0;
  while (count < path.length && path[count] === other[count]) count += 1;
  return count;
}

export class RouteTable {
  readonly #literal = new Map<string, Methods>();
  readonly #templates: Template[] = [];
  readonly #prefixes: { readonly dialect: Dialect; readonly segments: readonly string[] }[] = [];

  /** @param dialects where two have a route in common, the first answers it */
  constructor(private readonly dialects: readonly Dialect[]) {
    for (const dialect of dialects) {
      for (const route of dialect.routes) this.#add({ dialect, route });
    }
  }

  /** The methods of a path; empty where it is nobody's. */
  methodsOf(path: string): string[] {
    return [...new Set(this.#matching(path).flatMap(({ methods }) => [...methods.keys()]))];
  }

  /**
   * @param method in lower case
   * @throws Refusal REQUEST_INVALID for a path that cannot be decoded
   */
  find(method: string, path: string): FoundRoute | undefined {
    for (const { methods, pattern, names } of this.#matching(path)) {
      const entry = methods.get(method);
      if (entry === undefined) continue;
      const values = pattern?.exec(path)?.slice(1) ?? [];
      const parameters = values.map((value, at) => [names[at], decodeParameter(value)]);
      return { ...entry, parameters: Object.fromEntries(parameters) as Record<string, string> };
    }
    return undefined;
  }

  /** Whose envelope a refusal at this path has: of the dialect with the most like it, or else the first. */
  dialectFor(path: string): Dialect {
    const segments = path.split('/').slice(1);
    let best = this.dialects[0];
    let most = 0;
    for (const prefix of this.#prefixes) {
      const common = commonSegments(segments, prefix.segments);
      if (common > most) [best, most] = [prefix.dialect, common];
    }
    return best;
  }

  #add(entry: Entry): void {
    const { path, method } = entry.route;
    this.#prefixes.push({ dialect: entry.dialect, segments: path.split('/').slice(1) });
    const methods = this.#methodsFor(path);
    if (!methods.has(method)) methods.set(method, entry);
  }

  #methodsFor(path: string): Methods {
    if (!path.includes('{')) {
      const known = this.#literal.get(path);
      const methods = known ?? new Map<string, Entry>();
      this.#literal.set(path, methods);
      return methods;
    }
    const known = this.#templates.find(({ text }) => text === path);
    if (known !== undefined) return known.methods;
    const template = { ...compileTemplate(path), methods: new Map<string, Entry>() };
    this.#templates.push(template);
    return template.methods;
  }

  #matching(path: string): readonly (Partial<Template> & Pick<Template, 'methods' | 'names'>)[] {
    const literal = this.#literal.get(path);
    const templates = this.#templates.filter(({ pattern }) => pattern.test(path));
    return literal === undefined ? templates : [{ methods: literal, names: [] }, ...templates];
  }
}
