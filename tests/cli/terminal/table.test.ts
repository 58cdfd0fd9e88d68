import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatTable, tableWidth } from '../../../src/cli/terminal/table.js';
import { Recorder } from './recorder.js';

const columns = [
  { header: 'label', align: 'left' },
  { header: 'rows', align: 'right' },
  { header: 'AUC', align: 'right', group: 'model' },
] as const;
const rows = [['toxic', '7,393', '0.961'], null, ['有害な', '5', '']];

describe('formatTable', () => {
  it('aligns text left and numbers right, by display width, without spaces at line ends', () => {
    expect(formatTable(columns, rows)).toBe(
      [
        '               model',
        'label    rows    AUC',
        'toxic   7,393  0.961',
        '────────────────────',
        '有害な      5',
        '',
      ].join('\n'),
    );
    expect(tableWidth(columns, rows)).toBe(20);
  });

  it('has no line of groups where there are none', () => {
    expect(formatTable([{ header: 'name', align: 'left' }], [['a']])).toBe('name\na\n');
  });
});

describe('styles', () => {
  const header = () => formatTable([{ header: 'name', align: 'left' }], [], { stream });
  let stream = new Recorder();

  beforeEach(() => {
    vi.stubEnv('FORCE_COLOR', undefined);
    vi.stubEnv('NO_COLOR', undefined);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('appear on a terminal', () => {
    stream = new Recorder(true);
    expect(header()).toBe('\x1b[1mname\x1b[22m\n');
  });

  it('do not appear on what is no terminal, whatever standard output is', () => {
    stream = new Recorder(false);
    expect(header()).toBe('name\n');
  });
});
