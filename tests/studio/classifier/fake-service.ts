// A classifier service over a real socket, with the page's files as they are really sent, whose scores follow from
// single words: what the page must show is known.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readPage } from '../../../src/server/http/page-files.js';

const labels = ['toxic', 'insult', 'identity_hate'];

/** Words that count, and the score that a text with them has, by label. */
const words: Readonly<Record<string, readonly number[]>> = {
  fool: [0.9, 0.95, 0.02],
  stupid: [0.8, 0.6, 0.01],
  damn: [0.4, 0.1, 0.01],
};
const quiet = [0.03, 0.02, 0.001];

export interface FakeServiceOptions {
  /** Keys that open it; none: everybody may ask. */
  readonly key?: string | undefined;
  readonly models?: readonly string[] | undefined;
  readonly hasValidation?: boolean | undefined;
  /** How long each request for scores takes. */
  readonly milliseconds?: number | undefined;
}

function scoresOf(text: string): number[] {
  const found = Object.keys(words).filter((word) => text.toLowerCase().includes(word));
  return labels.map((_, label) =>
    Math.max(quiet[label], ...found.map((word) => words[word][label])),
  );
}

function weightOf(word: string, label: number): number {
  const name = word.toLowerCase();
  if (name in words) return words[name][label];
  return name === 'please' ? -0.3 : 0.01;
}

function weighWords(text: string, label: number) {
  return [...text.matchAll(/\p{L}+/gu)].map(({ 0: word, index }) => ({
    begin: index,
    end: index + word.length,
    text: word,
    weight: 4 * weightOf(word, label),
  }));
}

function sentencesOf(text: string, label: number) {
  return [...text.matchAll(/[^.]+\.?\s*/g)].map(({ 0: sentence, index }) => ({
    begin: index,
    end: index + sentence.length,
    score: scoresOf(sentence)[label],
  }));
}

/** 200 rows: every fourth has the label; those score above 0.5 but for one in ten, the others below but for one in ten. */
function validation() {
  const rows = Array.from({ length: 200 }, (_, row) => row);
  const targets = rows.map((row) => (row % 4 === 0 ? 1 : row % 50 === 1 ? -1 : 0));
  const scores = rows.map((row) => {
    const isOdd = row % 10 === 0;
    const isHigh = (row % 4 === 0) !== isOdd;
    return (isHigh ? 0.55 : 0.05) + ((row * 7) % 40) / 100;
  });
  return {
    labels,
    rows: 200,
    targets: labels.map(() => targets),
    scores: labels.map(() => scores),
  };
}

const card = `---
tags: [polytag]
---

# Three labels, over \`tiny\`

A **classifier** <img src=x onerror="document.title=1"> of [texts](https://example.org/). Not [this](javascript:alert(1)).

## How it learnt
![Learning curves](curves.svg)
![Elsewhere](https://example.org/x.png)

| label | F1 |
|---|---|
| \`toxic\` | 0.812 (0.801 to 0.823) |
`;

const curves =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 40" width="80" height="40"><path d="M0 0L80 40" stroke="red"/></svg>';

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return JSON.parse(text) as Record<string, unknown>;
}

export class FakeService {
  readonly #page = readPage('classifier');
  readonly #server: Server;
  readonly thresholds = [0.5, 0.7, 0.25];
  thresholdsVersion = 1;
  /** Texts of all requests for scores. */
  texts = 0;
  /** Refuses so many requests for scores as too busy. */
  busy = 0;

  constructor(private readonly options: FakeServiceOptions = {}) {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
    const file = this.#page.get(path === '' ? 'index.html' : path);
    if (file !== undefined) {
      response.writeHead(200, file.headers).end(file.bytes);
      return;
    }
    const send = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      const isText = typeof body === 'string';
      response.writeHead(status, {
        'content-type': isText ? 'image/svg+xml' : 'application/json',
        ...headers,
      });
      response.end(isText ? body : JSON.stringify(body));
    };
    const refuse = (status: number, message: string, headers = {}): void => {
      send(status, { error: { code: 'REFUSED', message }, request_id: 'x' }, headers);
    };
    const { key } = this.options;
    const given = request.headers.authorization?.replace('Bearer ', '');
    if (key !== undefined && given !== key && given !== 'admin') refuse(401, 'no such key');
    else if (request.method === 'PUT' && given !== 'admin') refuse(403, 'not an administrator');
    else if (path === 'v1/score' && this.busy > 0) {
      this.busy -= 1;
      refuse(503, 'too busy', { 'retry-after': '0' });
    } else {
      const body = await this.#bodyFor(path, request);
      if (body === undefined) refuse(404, 'nothing here');
      else send(200, body);
    }
  }

  async #bodyFor(path: string, request: IncomingMessage): Promise<unknown> {
    const [, , , file] = path.split('/');
    if (path === 'v1/classifiers') return { classifiers: this.#classifiers() };
    if (path === 'v1/score') return this.#score(await bodyOf(request));
    if (path === 'v1/explain') return this.#explain(await bodyOf(request));
    if (path === 'v1/figures') return this.#figures();
    if (file === 'validation')
      return this.options.hasValidation === false ? undefined : validation();
    if (file === 'card') return card;
    if (file === 'curves') return curves;
    if (file === 'thresholds') return this.#change(await bodyOf(request));
    return undefined;
  }

  #classifiers() {
    return (this.options.models ?? ['tiny']).map((name) => ({
      name,
      version: '0123456789abcdef',
      labels,
      thresholds: { version: this.thresholdsVersion, values: [...this.thresholds] },
      languages: ['en', 'pt-BR'],
      max_length: 128,
      loaded_at: '2026-01-01T00:00:00.000Z',
    }));
  }

  async #score({ texts, model }: Record<string, unknown>) {
    if (this.options.milliseconds !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, this.options.milliseconds));
    }
    const asked = texts as string[];
    this.texts += asked.length;
    return {
      model,
      version: '0123456789abcdef',
      thresholds_version: this.thresholdsVersion,
      results: asked.map((text) => ({
        labels: scoresOf(text).map((score, label) => ({
          label: labels[label],
          score,
          threshold: this.thresholds[label],
          flagged: score >= this.thresholds[label],
        })),
        tokens: text.split(' ').length + 2,
        truncated: text.length > 2000 ? 17 : 0,
        windows: 1,
      })),
      timings: { tokenize_ms: 0.1, queue_ms: 0.2, compute_ms: 3.4 },
    };
  }

  #explain({ text }: Record<string, unknown>) {
    const explained = String(text);
    return {
      model: 'tiny',
      method: 'gradient',
      labels: labels.map((label, index) => ({
        label,
        tokens: weighWords(explained, index),
        sentences: sentencesOf(explained, index),
      })),
    };
  }

  #change({ thresholds, dry_run: isDry }: Record<string, unknown>) {
    const changes = thresholds as Record<string, number>;
    if (isDry !== true) {
      for (const [label, value] of Object.entries(changes)) {
        this.thresholds[labels.indexOf(label)] = value;
      }
      this.thresholdsVersion += 1;
    }
    return {
      thresholds_version: this.thresholdsVersion,
      recent: {
        texts: 1234,
        flag_rates: labels.map((label) => ({ label, before: 0.1, after: 0.25 })),
      },
    };
  }

  #figures() {
    const steps = Array.from({ length: 60 }, (_, step) => step);
    return {
      uptimeSeconds: 90_061,
      lastMinute: {
        requestsPerSecond: 12.5,
        textsPerSecond: 250,
        tokensPerSecond: 9000,
        latency: { p50: 8.4, p95: 20, p99: 31.5 },
      },
      sinceStart: { requests: 45_678, texts: 901_234, errors: 2, refused: 40 },
      requestsAtWork: 3,
      queue: { requests: 1, texts: 77 },
      workers: { alive: 2, restarts: 0 },
      memoryBytes: 300 * 2 ** 20,
      models: [
        {
          name: 'tiny',
          windowTexts: 10_000,
          labels: labels.map((label, index) => ({
            label,
            threshold: this.thresholds[index],
            flagRate: 0.05 * (index + 1),
            meanScore: 0.1,
            histogram: [5000, 3000, 1000, 500, 200, 100, 80, 60, 40, 20],
          })),
        },
      ],
      series: {
        stepSeconds: 10,
        start: 1_790_000_000,
        requestsPerSecond: steps.map((step) => 10 + (step % 7)),
        textsPerSecond: steps.map((step) => 200 + 10 * (step % 9)),
        errorsPerSecond: steps.map(() => 0),
        refusedPerSecond: steps.map((step) => (step > 40 ? 1 : 0)),
        p50: steps.map((step) => (step < 5 ? null : 8 + (step % 3))),
        p99: steps.map((step) => (step < 5 ? null : 30 + (step % 5))),
      },
    };
  }
}
