// A graph being copied node by node, with some nodes replaced on the way.
import { GraphBuilder, type Node, type Value } from './graph-builder.js';
import { formatShape } from './shape.js';
import type { Tensor } from './tensor.js';

/** The state of a copy: which values stand for which. */
export class GraphCopy {
  /** The new graph. */
  readonly copy = new GraphBuilder();
  readonly #source: GraphBuilder;
  readonly #copies = new Map<Value, Value>();
  readonly #weights = new Map<string, Value>();

  constructor(source: GraphBuilder) {
    this.#source = source;
    for (const input of source.inputs) {
      this.#copies.set(input, this.copy.input(input.name, input.type, input.shape));
    }
  }

  /** The copy of a value; weights are copied when first needed, so that replaced ones are left behind. */
  of(value: Value): Value {
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    if (value.tensor === undefined) throw new Error(`${value.name} is used before it is made`);
    const made = this.copy.initializer(value.name, value.tensor);
    this.#copies.set(value, made);
    return made;
  }

  /** A new weight; one of the same name is the same weight, used twice. */
  weight(name: string, tensor: Tensor): Value {
    const made = this.#weights.get(name) ?? this.copy.initializer(name, tensor);
    this.#weights.set(name, made);
    return made;
  }

  /** The same node over the copied inputs. */
  repeat({ operator, inputs, attributes, outputs }: Node): readonly Value[] {
    const copied = inputs.map((value) => value && this.of(value));
    return this.copy.addNode(operator, copied, outputs, attributes);
  }

  /** Makes `made` the copies of the node's outputs. */
  replace({ name, outputs }: Node, made: readonly Value[]): void {
    outputs.forEach((output, index) => {
      if (formatShape(made[index].shape) !== formatShape(output.shape)) {
        throw new Error(`${name}: ${made[index].toString()} cannot stand for ${output.toString()}`);
      }
      this.#copies.set(output, made[index]);
    });
  }

  /** Builds under the name's scope of a node of the source. */
  inScopeOf({ name }: Node, build: () => void): void {
    const end = name.lastIndexOf('/');
    if (end < 0) build();
    else this.copy.scope(name.slice(0, end), build);
  }

  /** Declares the outputs. */
  finish(): void {
    for (const [name, value] of this.#source.outputs) this.copy.output(name, this.of(value));
  }
}
