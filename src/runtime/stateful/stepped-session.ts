// A loaded session with its state and its resident inputs, inside the thread: one step after another.
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { discard } from '../discarded-memory.js';
import {
  createSession,
  describeSession,
  fromOrtTensor,
  type ModelFace,
  toOrtTensors,
} from '../session.js';
import type { NamedTensors } from '../tensors.js';
import { insideNativeCode, type NativePhase } from '../threads/native-phase.js';
import { PingPongState } from './ping-pong-state.js';
import type { StatefulCalls, StatePair } from './stateful-calls.js';

export class SteppedSession {
  readonly #phase: NativePhase;
  readonly #session: InferenceSession;
  readonly #resident: Readonly<Record<string, OrtTensor>>;
  /** All outputs that are not state; null has ONNX Runtime find the memory. */
  readonly #otherOutputs: Readonly<Record<string, null>>;
  readonly state: PingPongState;

  private constructor(
    phase: NativePhase,
    session: InferenceSession,
    { pairs, state, resident }: StatefulCalls['load']['request'],
  ) {
    const stateOutputs = new Set(pairs.map(({ output }) => output));
    const others = session.outputNames.filter((name) => !stateOutputs.has(name));
    this.#phase = phase;
    this.#session = session;
    this.#resident = toOrtTensors(resident);
    this.#otherOutputs = Object.fromEntries(others.map((name) => [name, null] as const));
    this.state = new PingPongState(pairs, state);
  }

  /** Loads the model and takes over the memory of its state and resident inputs. */
  static async load(
    phase: NativePhase,
    request: StatefulCalls['load']['request'],
  ): Promise<SteppedSession> {
    const session = await createSession(phase, request.model, request.settings);
    checkPairs(session, request.pairs);
    return new SteppedSession(phase, session, request);
  }

  /** What the model takes and gives. */
  get face(): ModelFace {
    return describeSession(this.#session);
  }

  /** Runs once, advances the state, and returns the other outputs. A run that fails leaves the state as it was. */
  async step(feeds: NamedTensors): Promise<NamedTensors> {
    const inputs = { ...this.#resident, ...toOrtTensors(feeds), ...this.state.inputs };
    const fetches = { ...this.#otherOutputs, ...this.state.outputs };
    const results = await insideNativeCode(this.#phase, () => this.#session.run(inputs, fetches));
    // onnxruntime-node copies outputs even where it was given memory to write them to. Left lying, the copies
    // would pile up to several times the state; freed, the next step finds their memory warm.
    discard(this.state.copiesIn(results));
    this.state.advance();
    return Object.fromEntries(
      Object.keys(this.#otherOutputs).map((name) => [name, fromOrtTensor(results[name])] as const),
    );
  }
}

/** A name that the model does not have would otherwise be passed over in silence. */
function checkPairs(session: InferenceSession, pairs: readonly StatePair[]): void {
  for (const { input, output } of pairs) {
    if (!session.inputNames.includes(input)) throw new Error(`it has no input "${input}"`);
    if (!session.outputNames.includes(output)) throw new Error(`it has no output "${output}"`);
  }
}
