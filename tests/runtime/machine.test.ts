// What is made of the system's own descriptions of its limits.
import { availableParallelism, totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { describeMachine, probeMachine } from '../../src/runtime/index.js';

/** A system that consists of these files. */
function system(files: Readonly<Record<string, string>>): (path: string) => string {
  return (path) => (Object.hasOwn(files, path) ? files[path] : '');
}

test('a system without limits', () => {
  const machine = probeMachine(system({}));
  expect(machine.coreLimit).toBeUndefined();
  expect(machine.memory).toBe(totalmem());
  expect(machine.avx512).toBeUndefined();
  expect(machine.defaultWorkers).toBe(availableParallelism());
});

test('control groups, version 2: the lowest limit on the way up counts', () => {
  const machine = probeMachine(
    system({
      '/proc/self/cgroup': '0::/kube/pod/box\n',
      '/sys/fs/cgroup/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/kube/pod/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/kube/pod/box/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/kube/pod/memory.max': '1000000\n',
      '/sys/fs/cgroup/kube/pod/box/memory.max': 'max\n',
    }),
  );
  expect(machine.coreLimit).toBe(1.5);
  expect(machine.defaultWorkers).toBe(1);
  expect(machine.memory).toBe(1_000_000);
});

test('control groups, version 1', () => {
  const machine = probeMachine(
    system({
      '/proc/self/cgroup': '5:cpu,cpuacct:/docker/a\n4:memory:/docker/a\n0::/\n',
      '/sys/fs/cgroup/cpu/docker/a/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu/docker/a/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes': '2000000\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    }),
  );
  expect(machine.coreLimit).toBe(0.5);
  expect(machine.defaultWorkers).toBe(1);
  expect(machine.memory).toBe(2_000_000);
});

test('instructions, by the flags of the processor', () => {
  const of = (line: string): [boolean | undefined, boolean | undefined] => {
    const { avx512, int8DotProduct } = probeMachine(system({ '/proc/cpuinfo': `a: b\n${line}\n` }));
    return [avx512, int8DotProduct];
  };
  expect(of('flags\t\t: fpu avx2 avx512f avx512_vnni')).toEqual([true, true]);
  expect(of('flags\t\t: fpu avx2 avx_vnni')).toEqual([false, true]);
  expect(of('flags\t\t: fpu avx2')).toEqual([false, false]);
  expect(of('Features\t: fp asimd asimddp')).toEqual([false, true]);
});

test('the description names what matters and what is unknown', () => {
  const text = describeMachine({ ...probeMachine(system({})), coreLimit: 2.5 });
  expect(text).toMatch(/cores +\d+, limited to 2.5 by the container/);
  expect(text).toMatch(/AVX-512 +unknown/);
  expect(text).toMatch(/ONNX Runtime \d+\.\d+\.\d+/);
});
