// A loaded program of a stateful session, inside the thread: one step after another over a state that it may share.
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { discard } from '../discarded-memory.js';
import {
  createSession,
  describeSession,
  fromOrtTensor,
  type ModelFace,
  type SessionSettings,
  type SharedModel,
  toOrtTensors,
} from '../session.js';
import type { NamedTensors } from '../tensors.js';
import { insideNativeCode, type NativePhase } from '../threads/native-phase.js';
import type { PingPongState } from './ping-pong-state.js';

export class SteppedSession {
  readonly #phase: NativePhase;
  readonly #session: InferenceSession;
  readonly #state: PingPongState;
  readonly #resident: Readonly<Record<string, OrtTensor>>;
  readonly #inputNames: ReadonlySet<string>;
  readonly #outputNames: ReadonlySet<string>;
  /** All outputs that are not state; null has ONNX Runtime find the memory. */
  readonly #otherOutputs: Readonly<Record<string, null>>;

  private constructor(
    phase: NativePhase,
    session: InferenceSession,
    state: PingPongState,
    resident: Readonly<Record<string, OrtTensor>>,
  ) {
    this.#phase = phase;
    this.#session = session;
    this.#state = state;
    this.#inputNames = new Set(session.inputNames);
    this.#outputNames = new Set(session.outputNames);
    const isRead = ([name]: [string, OrtTensor]): boolean => this.#inputNames.has(name);
    this.#resident = Object.fromEntries(Object.entries(resident).filter(isRead));
    const stateOutputs = state.outputs(this.#outputNames);
    const others = session.outputNames.filter((name) => !Object.hasOwn(stateOutputs, name));
    this.#otherOutputs = Object.fromEntries(others.map((name) => [name, null] as const));
  }

  /** Loads a program over `state`, and the resident inputs that it takes. */
  static async load(
    phase: NativePhase,
    model: SharedModel,
    settings: SessionSettings,
    { state, resident }: { state: PingPongState; resident: Readonly<Record<string, OrtTensor>> },
  ): Promise<SteppedSession> {
    const session = await createSession(phase, model, settings);
    return new SteppedSession(phase, session, state, resident);
  }

  /** What the model takes and gives. */
  get face(): ModelFace {
    return describeSession(this.#session);
  }

  /** Runs once, advances the state that it writes, and returns the other outputs. A run that fails leaves the state as it was. */
  async step(feeds: NamedTensors): Promise<NamedTensors> {
    const state = this.#state;
    const inputs = { ...this.#resident, ...toOrtTensors(feeds), ...state.inputs(this.#inputNames) };
    const fetches = { ...this.#otherOutputs, ...state.outputs(this.#outputNames) };
    const results = await insideNativeCode(this.#phase, () => this.#session.run(inputs, fetches));
    // onnxruntime-node copies outputs even where it was given memory to write them to. Left lying, the copies
    // would pile up to several times the state; freed, the next step finds their memory warm.
    discard(state.copiesIn(results));
    state.advance(this.#outputNames);
    return Object.fromEntries(
      Object.keys(this.#otherOutputs).map((name) => [name, fromOrtTensor(results[name])] as const),
    );
  }
}

/** A state that no program reads, or none writes, would otherwise be passed over in silence. */
export function checkPairs(
  faces: readonly ModelFace[],
  pairs: readonly { readonly input: string; readonly output: string }[],
): void {
  const inputs = new Set(faces.flatMap((face) => face.inputs.map(({ name }) => name)));
  const outputs = new Set(faces.flatMap((face) => face.outputs.map(({ name }) => name)));
  for (const { input, output } of pairs) {
    if (!inputs.has(input)) throw new Error(`it has no input "${input}"`);
    if (!outputs.has(output)) throw new Error(`it has no output "${output}"`);
  }
}
