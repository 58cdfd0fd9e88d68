// What the machine offers: cores that may be used, memory, and the instructions that make int8 fast.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';

/** What was found out about the machine; undefined where the system does not tell. */
interface Machine {
  readonly platform: string;
  readonly architecture: string;
  readonly processor: string | undefined;
  /** Cores that the system schedules this process on. */
  readonly cores: number;
  /** Cores' worth of time that the container may use (may be a fraction), when it is limited. */
  readonly coreLimit: number | undefined;
  /** Bytes of memory that may be used: the machine's, or the container's limit when that is lower. */
  readonly memory: number;
  /** Whether the processor has AVX-512 (F). */
  readonly avx512: boolean | undefined;
  /** Whether the processor multiplies int8 in one instruction (AVX-512 VNNI, AVX-VNNI or Arm dot product). */
  readonly int8DotProduct: boolean | undefined;
  /** Workers that a pool gets by default. */
  readonly defaultWorkers: number;
  readonly node: string;
  readonly onnxRuntime: string;
}

/** Gives the text of one of the files in which Linux describes itself; '' where there is none. */
type ReadText = (path: string) => string;

function readText(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, 'latin1') : '';
  } catch {
    // Not all of these may be read by everybody; not knowing is an answer.
    return '';
  }
}

/** Probes the machine; a matter of a few milliseconds. `read` is for tests. */
export function probeMachine(read: ReadText = readText): Machine {
  const groups = controlGroups(read);
  const coreLimit = readCoreLimit(groups, read);
  const cores = availableParallelism();
  const flags = processorFlags(read);
  return {
    platform: platform(),
    architecture: arch(),
    processor: cpus()[0]?.model,
    cores,
    coreLimit,
    memory: Math.min(totalmem(), readMemoryLimit(groups, read)),
    avx512: flags?.has('avx512f'),
    int8DotProduct: flags && ['avx512_vnni', 'avx_vnni', 'asimddp'].some((flag) => flags.has(flag)),
    defaultWorkers: usableCores(cores, coreLimit),
    node: process.versions.node,
    onnxRuntime: onnxRuntimeVersion(),
  };
}

/** Workers that a pool gets by default: one for each core that this process may use, at least 1. */
export function defaultWorkers(): number {
  const limit = readCoreLimit(controlGroups(readText), readText);
  return usableCores(availableParallelism(), limit);
}

/** The machine in a few lines for a person. */
export function describeMachine(machine: Machine): string {
  const limit =
    machine.coreLimit === undefined ? '' : `, limited to ${machine.coreLimit} by the container`;
  const known = (value: boolean | undefined): string =>
    value === undefined ? 'unknown' : value ? 'yes' : 'no';
  return [
    `processor      ${machine.processor ?? 'unknown'} (${machine.platform} ${machine.architecture})`,
    `cores          ${machine.cores}${limit}`,
    `memory         ${(machine.memory / 2 ** 30).toFixed(1)} GiB`,
    `AVX-512        ${known(machine.avx512)}, int8 dot product ${known(machine.int8DotProduct)}`,
    `workers        ${machine.defaultWorkers} by default`,
    `Node.js        ${machine.node}, ONNX Runtime ${machine.onnxRuntime}`,
  ].join('\n');
}

function usableCores(cores: number, limit: number | undefined): number {
  // A limit of 2.5 cores keeps two workers busy; a third would have the system stop all of them in turn.
  return Math.max(1, Math.min(cores, Math.floor(limit ?? cores)));
}

interface ControlGroups {
  /** Version 2 has one tree for all controllers, version 1 one for each. */
  readonly unified: string[];
  readonly cpu: string[];
  readonly memory: string[];
}

/** The folders of the process's control groups and of all groups above them: a limit may stand in any. */
function controlGroups(read: ReadText): ControlGroups {
  const root = '/sys/fs/cgroup';
  const groups = { unified: [root], cpu: [join(root, 'cpu')], memory: [join(root, 'memory')] };
  for (const line of read('/proc/self/cgroup').split('\n')) {
    // hierarchy:controllers:path, the controllers left out in version 2
    const [, names = '', ...path] = line.split(':');
    const controllers = names.split(',');
    const steps = path.join(':').split('/').filter(Boolean);
    for (const [controller, folders] of Object.entries(groups)) {
      if (!controllers.includes(controller === 'unified' ? '' : controller)) continue;
      steps.forEach((_, index) => folders.push(join(folders[0], ...steps.slice(0, index + 1))));
    }
  }
  return groups;
}

function readCoreLimit(groups: ControlGroups, read: ReadText): number | undefined {
  const limits = [
    ...groups.unified.map((folder) => read(join(folder, 'cpu.max')).trim().split(' ').map(Number)),
    ...groups.cpu.map((folder) => [
      Number(read(join(folder, 'cpu.cfs_quota_us'))),
      Number(read(join(folder, 'cpu.cfs_period_us'))),
    ]),
  ]
    .map(([quota, period]) => quota / period)
    .filter((cores) => Number.isFinite(cores) && cores > 0);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function readMemoryLimit(groups: ControlGroups, read: ReadText): number {
  const limits = [
    ...groups.unified.map((folder) => read(join(folder, 'memory.max'))),
    ...groups.memory.map((folder) => read(join(folder, 'memory.limit_in_bytes'))),
  ]
    .map((text) => Number(text.trim()))
    .filter((bytes) => Number.isFinite(bytes) && bytes > 0);
  return Math.min(Infinity, ...limits);
}

function processorFlags(read: ReadText): Set<string> | undefined {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(read('/proc/cpuinfo'))?.[1];
  return line === undefined ? undefined : new Set(line.trim().split(/\s+/));
}

function onnxRuntimeVersion(): string {
  // Read, not asked: loading the native library in the main thread would take time and memory for nothing.
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
    version: string;
  };
  return version;
}
