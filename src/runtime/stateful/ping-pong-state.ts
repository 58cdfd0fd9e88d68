// The state of a training run inside its thread: two sets of buffers, read from one and written to the other.
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../../graph/index.js';
import { fromOrtTensor, toOrtTensor } from '../session.js';
import { copyTensor, copyTensors, type NamedTensors, tensorOver } from '../tensors.js';
import type { StatePair } from './stateful-calls.js';

interface Cell extends StatePair {
  current: OrtTensor;
  next: OrtTensor;
}

/**
 * Holds each state tensor twice. A run reads the current ones and writes the next ones; `advance` swaps
 * them. A run that fails half-way has written only where nothing of value is.
 */
export class PingPongState {
  readonly #cells: readonly Cell[];

  /** Takes over the memory of `state`, whose keys are the inputs of `pairs`. */
  constructor(pairs: readonly StatePair[], state: NamedTensors) {
    this.#cells = pairs.map((pair) => {
      const tensor = ownTensor(state, pair.input);
      const { type, shape, data } = tensor;
      const twin = tensorOver(type, shape, new ArrayBuffer(data.byteLength));
      return { ...pair, current: toOrtTensor(tensor), next: toOrtTensor(twin) };
    });
  }

  /** The state among `names` as inputs of the next run. */
  inputs(names: ReadonlySet<string>): Record<string, OrtTensor> {
    const read = this.#cells.filter(({ input }) => names.has(input));
    return Object.fromEntries(read.map(({ input, current }) => [input, current] as const));
  }

  /** Where the next run is to write the state among `names`. */
  outputs(names: ReadonlySet<string>): Record<string, OrtTensor> {
    const written = this.#cells.filter(({ output }) => names.has(output));
    return Object.fromEntries(written.map(({ output, next }) => [output, next] as const));
  }

  /** The buffers of a run's results that are copies of state which `outputs` had it write elsewhere. */
  copiesIn(results: Readonly<Record<string, OrtTensor>>): ArrayBuffer[] {
    return this.#cells.flatMap(({ output, current, next }) => {
      if (!Object.hasOwn(results, output)) return [];
      const buffer = bufferOf(results[output]);
      // Should a later ONNX Runtime hand back the very memory that it was given, that is no copy.
      return buffer === bufferOf(current) || buffer === bufferOf(next) ? [] : [buffer];
    });
  }

  /** Makes what was written, the outputs among `names`, the current state. */
  advance(names: ReadonlySet<string>): void {
    for (const cell of this.#cells) {
      if (!names.has(cell.output)) continue;
      [cell.current, cell.next] = [cell.next, cell.current];
    }
  }

  /** Copies of the current state, by the names of the inputs. */
  read(): NamedTensors {
    return copyTensors(
      Object.fromEntries(
        this.#cells.map(({ input, current }) => [input, fromOrtTensor(current)] as const),
      ),
    );
  }

  /** Overwrites the state that `values` names by its inputs. */
  write(values: NamedTensors): void {
    const cells = Object.entries(values).map(([input, value]) => {
      const cell = this.#cells.find((candidate) => candidate.input === input);
      if (cell === undefined) throw new Error(`the session has no state "${input}"`);
      if (!hasKind(fromOrtTensor(cell.current), value)) {
        throw new Error(`the state "${input}" has another type or shape`);
      }
      return { cell, value };
    });
    // Only once all are known to fit, so that the state is overwritten whole or not at all.
    for (const { cell, value } of cells) cell.current = toOrtTensor(value);
  }
}

function ownTensor(state: NamedTensors, input: string): Tensor {
  if (!Object.hasOwn(state, input)) throw new Error(`the state "${input}" has no initial value`);
  const tensor = state[input];
  // The memory must be the tensor's alone: another state in the same buffer would be swapped apart.
  return tensor.data.byteLength === tensor.data.buffer.byteLength ? tensor : copyTensor(tensor);
}

function bufferOf(tensor: OrtTensor): ArrayBuffer {
  const { buffer } = fromOrtTensor(tensor).data;
  if (!(buffer instanceof ArrayBuffer)) throw new TypeError('ONNX Runtime gave shared memory');
  return buffer;
}

function hasKind(left: Tensor, right: Tensor): boolean {
  return left.type === right.type && left.shape.join() === right.shape.join();
}
