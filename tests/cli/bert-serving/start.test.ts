// bert-serving-start and bert-serving-terminate as processes: serving, ending, and refusing.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Push, Subscriber } from 'zeromq';
import { BertClient } from '../../../src/client/index.js';
import { createFolder, runServing, startServer, tinyBert } from './run-serving.js';

describe('bert-serving-start', () => {
  it('serves what the steps of bert-as-service ask for, until it is terminated', async () => {
    const server = await startServer('-max_seq_len=40', '-http_port', '0', '-verbose');
    expect(server.ready).toMatchObject({ ready: true, host: '127.0.0.1', width: 32 });
    expect(server.ready.pid).toBe(server.child.pid);
    const { port, port_out: portOut, http_port: httpPort } = server.ready;
    const client = await BertClient.connect({ ip: '127.0.0.1', port, portOut, timeout: 20_000 });
    const { shape } = await client.encode(['First do it', 'then do it right', 'then do it better']);
    expect(shape).toEqual([3, 32]);
    expect(await client.serverConfig()).toMatchObject({
      model_dir: tinyBert,
      max_seq_len: 40,
      pooling_strategy: 2,
      pooling_layer: [-2],
      num_worker: 1,
      do_lower_case: true,
      server_version: '1.10.0',
    });
    client.close();
    const health = await fetch(`http://127.0.0.1:${httpPort}/health`);
    expect(health.status).toBe(200);
    const terminate = runServing('terminate', ['-port', String(port)]);
    expect(await terminate.ended).toMatchObject({
      code: 0,
      stdout: `shutdown signal sent to ${port}\n`,
    });
    const { code, stdout, stderr } = await server.ended;
    expect(code).toBe(0);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toMatch(/^usage: bert-serving-start -model_dir .*\n {17}ARG {3}VALUE\n_{50}\n/);
    expect(stderr).toMatch(/^ {9}max_seq_len = 40$/m);
    expect(stderr).toMatch(/^ {4}pooling_strategy = REDUCE_MEAN$/m);
    expect(stderr).toContain('listening for this machine only');
    expect(stderr).toContain('all set, ready to serve request!');
    expect(stderr).toMatch(/^\S+Z encoded 3 texts, [\d.]+ ms, for /m);
    expect(stderr).toContain('bert-serving-start: terminated!\n');
  });

  it('answers a client of another make: PUSH and SUB', async () => {
    const { ready, child, ended } = await startServer('-show_tokens_to_client');
    const push = new Push({ linger: 0 });
    const subscriber = new Subscriber({ linger: 0, receiveTimeout: 20_000 });
    push.connect(`tcp://127.0.0.1:${ready.port}`);
    subscriber.connect(`tcp://127.0.0.1:${ready.port_out}`);
    subscriber.subscribe('me');
    await push.send(['me', JSON.stringify(['hello world']), '7', '1']);
    const [identity, head, numbers, id] = await subscriber.receive();
    expect([identity.toString(), id.toString()]).toEqual(['me', '7']);
    expect(JSON.parse(head.toString())).toMatchObject({
      dtype: 'float32',
      shape: [1, 32],
      tokens: [expect.arrayContaining(['[CLS]', 'world', '[SEP]'])],
    });
    expect(numbers).toHaveLength(128);
    push.close();
    subscriber.close();
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
  });

  it('answers what is under way after SIGTERM', async () => {
    const { ready, child, ended } = await startServer();
    const { port, port_out: portOut } = ready;
    const client = await BertClient.connect({ ip: '127.0.0.1', port, portOut, timeout: 50_000 });
    const texts = Array.from({ length: 5000 }, (_, text) => `this is text number ${text}`);
    const large = client.encode(texts);
    // Messages of a client stay in order: once a later one is answered, this one has been taken.
    await client.serverStatus();
    child.kill('SIGTERM');
    expect((await large).shape).toEqual([5000, 32]);
    client.close();
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toContain('SIGTERM: answering what is under way');
  });

  it('ends with 130 after Ctrl-C, and at once after a second', async () => {
    const once = await startServer();
    once.child.kill('SIGINT');
    expect(await once.ended).toMatchObject({ code: 130 });
    const twice = await startServer();
    twice.child.kill('SIGINT');
    twice.child.kill('SIGINT');
    expect(await twice.ended).toMatchObject({ code: 130 });
  });
});

describe('bert-serving-start refuses, in one sentence,', () => {
  const model = ['-model_dir', tinyBert];
  it.each([
    [1, [...model, '-max_seq_len', '600'], /-max_seq_len 600 does not suit .* has 48 positions/],
    [1, ['-model_dir', 'nowhere'], /cannot find the model "nowhere"/],
    [2, [], /the following arguments are required: -model_dir/],
    [2, [...model, '-http_port', '5556'], /-port_out and -http_port are both 5556/],
    [2, [...model, '-num_worker', 'two'], /argument -num_worker: expected a whole number/],
  ])('with %d: %j', async (code, words, sentence) => {
    const ending = await runServing('start', words, createFolder()).ended;
    expect(ending).toMatchObject({ code, stdout: '' });
    const said = ending.stderr
      .split('\n')
      .filter((line) => /^(?:polytag|bert-serving-start: error): /.test(line));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(sentence);
    expect(ending.stderr).not.toMatch(/^ +at |Error:/m);
    if (code === 2)
      expect(ending.stderr).toMatch(/^usage: bert-serving-start -model_dir MODEL_DIR /m);
  });

  it.each(['-port_out', '-http_port'])('a %s that is taken', async (flag) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = String(typeof address === 'object' ? address?.port : address);
    const free = ['-port', '0', '-port_out', '0'];
    const { code, stdout, stderr } = await runServing('start', [...model, ...free, flag, taken])
      .ended;
    other.close();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^polytag: cannot listen at 127\\.0\\.0\\.1, port ${taken}: `, 'm'),
    );
  });
});

describe('every bert-serving command', () => {
  it.each(['start', 'terminate', 'benchmark'] as const)('explains itself: %s', async (command) => {
    const help = await runServing(command, ['-h']).ended;
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(new RegExp(`^usage: bert-serving-${command} `));
    expect(help.stdout).toMatch(new RegExp(`^examples?:\n  bert-serving-${command} `, 'm'));
    for (const line of help.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('bert-serving-terminate', () => {
  it('says its version', async () => {
    const { code, stdout } = await runServing('terminate', ['-version']).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^bert-serving-terminate \d+\.\d+\.\d+ of polytag, for clients of bert-as-service 1\.10\n$/,
    );
  });

  it('says that nothing listens', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const address = gone.address();
    const port = String(typeof address === 'object' ? address?.port : address);
    gone.close();
    await once(gone, 'close');
    const ending = await runServing('terminate', ['-ip', '127.0.0.1', '-port', port]).ended;
    expect(ending).toMatchObject({ code: 1, stdout: '' });
    expect(ending.stderr).toContain(`polytag: nothing listens at 127.0.0.1:${port}: `);
  });

  it('says that the server does not end', async () => {
    const deaf = createServer((socket) => socket.on('error', () => undefined).resume());
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const address = deaf.address();
    const port = String(typeof address === 'object' ? address?.port : address);
    const words = ['-ip', '127.0.0.1', '-port', port, '-timeout', '300'];
    const ending = await runServing('terminate', words).ended;
    deaf.close();
    expect(ending.code).toBe(1);
    expect(ending.stderr).toMatch(/polytag: .*127\.0\.0\.1:\d+ still listens after 300 ms/);
  });
});
