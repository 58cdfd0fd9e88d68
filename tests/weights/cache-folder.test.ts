import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder } from '../../src/weights/index.js';

describe('the cache folder', () => {
  it.each([
    [{ HOME: '/home/ada' }, 'linux', '/home/ada/.cache/polytag'],
    [{ HOME: '/home/ada', XDG_CACHE_HOME: '/scratch' }, 'linux', '/scratch/polytag'],
    [{ HOME: '/home/ada', XDG_CACHE_HOME: 'relative' }, 'linux', '/home/ada/.cache/polytag'],
    [{ HOME: '/home/ada', XDG_CACHE_HOME: '' }, 'linux', '/home/ada/.cache/polytag'],
    [{ HOME: '/home/ada', XDG_CACHE_HOME: '/s', POLYTAG_CACHE: '/mine' }, 'linux', '/mine'],
    [{ HOME: '/home/ada', POLYTAG_CACHE: 'mine' }, 'linux', resolve('mine')],
    [{ HOME: '/Users/ada' }, 'darwin', '/Users/ada/Library/Caches/polytag'],
    [{ LOCALAPPDATA: '/Local', USERPROFILE: '/ada' }, 'win32', '/Local/polytag/Cache'],
    [{ USERPROFILE: '/ada' }, 'win32', '/ada/AppData/Local/polytag/Cache'],
  ] as const)('with %j on %s is %s', (variables, platform, expected) => {
    expect(cacheFolder(variables, platform)).toBe(expected);
  });
});
