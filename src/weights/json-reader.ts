// Reads JSON that nobody vouches for: strictly, with bounded depth, unique keys and no prototypes.

/** JSON as data: objects have no prototype, so that "__proto__" is a key like any other. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object without prototype. */
export interface JsonObject {
  [key: string]: JsonValue;
}

const maximalDepth = 64;
const whitespace = /[ \t\n\r]*/y;
// A class without repetition: a repeated group would put one stack frame on a character.
const stringMark = /["\\\u0000-\u001f]/g;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literals: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** A cursor over a JSON text. Each method reads one value at the cursor, of the kind it is named after. */
export class JsonReader {
  private position = 0;
  private depth = 0;

  /**
   * @param text the JSON text
   * @param refuse makes the error to throw from what is wrong and where
   */
  constructor(
    private readonly text: string,
    private readonly refuse: (problem: string) => Error,
  ) {}

  /** An object: `onMember` must read the value of each key; a key that comes twice is refused. */
  object(onMember: (key: string) => void): void {
    const keys = new Set<string>();
    this.collection('{', '}', () => {
      const key = this.string();
      if (keys.has(key)) {
        throw this.problem(`has the key ${quote(key)} twice in one object`);
      }
      keys.add(key);
      this.expect(':');
      onMember(key);
    });
  }

  /** An array: `onItem` must read each item. */
  array(onItem: () => void): void {
    this.collection('[', ']', onItem);
  }

  /** A string; lone surrogates are refused, as UTF-8 cannot carry them. */
  string(): string {
    this.expect('"');
    const start = this.position;
    for (;;) {
      stringMark.lastIndex = this.position;
      const mark = stringMark.exec(this.text);
      if (mark === null || (mark[0] !== '"' && mark[0] !== '\\')) {
        throw this.problem('has a string that does not end or holds a control character');
      }
      this.position = mark.index + 1;
      if (mark[0] === '"') {
        const body = this.text.slice(start, mark.index);
        return body.includes('\\') ? this.unescape(body) : body;
      }
      this.position++;
    }
  }

  /** A whole number from 0 to 2^53 - 1, written with digits only. */
  index(): number {
    const word = this.numberWord();
    const value = Number(word);
    if (!/^\d+$/.test(word) || !Number.isSafeInteger(value)) {
      throw this.problem(
        `has ${word.slice(0, 40)} where a whole number from 0 to 2^53 - 1 belongs`,
      );
    }
    return value;
  }

  /** Any value. */
  value(): JsonValue {
    const first = this.peek();
    if (first === '{') {
      const object = Object.create(null) as JsonObject;
      this.object((key) => {
        object[key] = this.value();
      });
      return object;
    }
    if (first === '[') {
      const array: JsonValue[] = [];
      this.array(() => array.push(this.value()));
      return array;
    }
    if (first === '"') {
      return this.string();
    }
    for (const [word, value] of literals) {
      if (this.text.startsWith(word, this.position)) {
        this.position += word.length;
        return value;
      }
    }
    return Number(this.numberWord());
  }

  /** Nothing but white space may follow. */
  end(): void {
    if (this.peek() !== '') {
      throw this.problem('goes on after its end');
    }
  }

  private numberWord(): string {
    this.peek();
    number.lastIndex = this.position;
    const word = number.exec(this.text)?.[0];
    if (word === undefined) {
      throw this.problem('is not JSON');
    }
    this.position += word.length;
    return word;
  }

  private collection(open: string, close: string, onItem: () => void): void {
    this.expect(open);
    this.depth++;
    if (this.depth > maximalDepth) {
      throw this.problem(`is nested deeper than ${maximalDepth} levels`);
    }
    if (this.peek() !== close) {
      onItem();
      while (this.peek() === ',') {
        this.position++;
        onItem();
      }
    }
    this.expect(close);
    this.depth--;
  }

  private unescape(body: string): string {
    let text: unknown;
    try {
      text = JSON.parse(`"${body}"`);
    } catch {
      throw this.problem('has a string with an unknown escape');
    }
    // With the flag u, only surrogates without a partner match.
    if (typeof text !== 'string' || /\p{Surrogate}/u.test(text)) {
      throw this.problem('has a string with half a surrogate pair');
    }
    return text;
  }

  private expect(character: string): void {
    if (this.peek() !== character) {
      throw this.problem(`lacks ${quote(character)}`);
    }
    this.position++;
  }

  private peek(): string {
    whitespace.lastIndex = this.position;
    whitespace.test(this.text);
    this.position = whitespace.lastIndex;
    return this.text.charAt(this.position);
  }

  private problem(problem: string): Error {
    return this.refuse(`${problem} (character ${this.position + 1})`);
  }
}

/** A name from a file in quotes, cut to 100 characters and without control characters, for a message. */
export function quote(name: string): string {
  const short = name.length > 100 ? `${name.slice(0, 100)}...` : name;
  return JSON.stringify(short);
}
