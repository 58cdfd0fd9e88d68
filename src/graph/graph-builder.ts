// The graph under construction: values, the nodes that compute them, names, constants, inputs and outputs.
import type { OperatorName } from './operators.js';
import { dimensionFactors, type Dimension, formatShape, type Shape } from './shape.js';
import {
  type DataType,
  elementCount,
  type NumericType,
  type Tensor,
  tensorBytes,
  tensorOf,
} from './tensor.js';

/** A node's attribute: an int, a float, ints, or a string. */
export type Attribute = number | { readonly float: number } | readonly number[] | string;

/** An operator applied to values. */
export interface Node {
  readonly operator: OperatorName;
  readonly name: string;
  /** Undefined stands for an optional input left out before one that is there. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: readonly Value[];
}

/** The type and shape of one output of a node. */
export interface ValueKind {
  readonly type: DataType;
  readonly shape: Shape;
}

/** A typed value of a graph: an input, a constant, or an output of a node. Operations are free functions on values. */
export class Value {
  /** Made by a {@link GraphBuilder} only. `tensor` is there for constants and initializers. */
  constructor(
    readonly graph: GraphBuilder,
    readonly name: string,
    readonly type: DataType,
    readonly shape: Shape,
    readonly tensor?: Tensor,
  ) {}

  /** The number of dimensions. */
  get rank(): number {
    return this.shape.length;
  }

  /** `name: float32[batch, 384]` */
  toString(): string {
    return `${this.name}: ${this.type}${formatShape(this.shape)}`;
  }
}

/** Constants up to this many elements are shared when equal. */
const SHARED_CONSTANT_ELEMENTS = 256;

/**
 * Builds an ONNX graph. Equal nodes and equal small constants are made once; the same program makes the
 * same names in the same order, and so the same bytes.
 */
export class GraphBuilder {
  readonly #inputs: Value[] = [];
  readonly #initializers: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #outputs = new Map<string, Value>();
  readonly #derivations = new Map<Value, Node>();
  readonly #equalNodes = new Map<string, Node>();
  readonly #equalConstants = new Map<string, Value>();
  readonly #nameCounts = new Map<string, number>();
  readonly #symbolSources = new Map<string, { value: Value; axis: number }>();
  #scope = '';

  /** Declared inputs, in order. */
  get inputs(): readonly Value[] {
    return this.#inputs;
  }

  /** Constants and weights, in order. */
  get initializers(): readonly Value[] {
    return this.#initializers;
  }

  /** Nodes, each after the nodes it depends on. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Declared outputs by name, in order. */
  get outputs(): ReadonlyMap<string, Value> {
    return this.#outputs;
  }

  /** Declares an input. Names in `shape` become run-time sizes, the same everywhere in the graph. */
  input(name: string, type: DataType, shape: Shape): Value {
    const value = this.#makeValue(this.#claimName(name), { type, shape });
    this.#inputs.push(value);
    return value;
  }

  /** A weight under its own name; its data is written as it is, never copied. */
  initializer(name: string, tensor: Tensor): Value {
    const { type, shape, data } = tensor;
    if (data.length !== elementCount(shape)) {
      throw new RangeError(
        `initializer ${name}: ${data.length} values for the shape ${formatShape(shape)}`,
      );
    }
    const value = new Value(this, this.#claimName(name), type, shape, tensor);
    this.#initializers.push(value);
    return value;
  }

  /** A constant; equal small constants are one value. Named after its content unless `name` is given. */
  constant(tensor: Tensor, name?: string): Value {
    const { type, shape, data } = tensor;
    if (data.length > SHARED_CONSTANT_ELEMENTS || name !== undefined) {
      return this.initializer(this.#freeName(name ?? 'constant'), tensor);
    }
    const bytes = Buffer.from(tensorBytes(tensor)).toString('base64');
    const key = `${type}${formatShape(shape)}${bytes}`;
    const known = this.#equalConstants.get(key);
    if (known !== undefined) return known;
    const label = data.length <= 8 ? `${type}(${data.join(',')})` : `${type}${formatShape(shape)}`;
    const value = this.initializer(this.#freeName(label), tensor);
    this.#equalConstants.set(key, value);
    return value;
  }

  /** A scalar constant, shape `[]`. */
  scalar(type: NumericType, value: number): Value {
    return this.constant(tensorOf(type, [], [value]));
  }

  /** Makes `value` an output of the model under `name`. */
  output(name: string, value: Value): void {
    if (value.graph !== this) throw new Error(`output ${name}: ${value.name} is of another graph`);
    this.#outputs.set(this.#claimName(name), value);
  }

  /** Runs `build` with `name/` before the name of everything it makes. */
  scope<Result>(name: string, build: () => Result): Result {
    const outer = this.#scope;
    this.#scope = `${outer}${name}/`;
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  /**
   * Adds a node and returns its outputs; an equal node that is there already is returned instead. Type
   * and shape rules are the business of the operation that calls this.
   */
  addNode(
    operator: OperatorName,
    inputs: readonly (Value | undefined)[],
    kinds: readonly ValueKind[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): readonly Value[] {
    this.#checkOwnership(operator, inputs);
    const given = inputs.slice(0, inputs.findLastIndex((value) => value !== undefined) + 1);
    const inputNames = given.map((value) => value?.name ?? '');
    const key = JSON.stringify([operator, inputNames, attributes, kinds.length]);
    const known = this.#equalNodes.get(key);
    if (known !== undefined) return known.outputs;
    const name = this.#claimName(this.#freeName(`${this.#scope}${operator}`));
    const outputs = kinds.map((kind, index) =>
      this.#makeValue(index === 0 ? name : `${name}:${index}`, kind),
    );
    const node = { operator, name, inputs: given, attributes, outputs };
    this.#nodes.push(node);
    this.#equalNodes.set(key, node);
    for (const output of outputs) this.#derivations.set(output, node);
    return outputs;
  }

  /**
   * Declares that `result`, however it is computed, is what `operator` yields for `inputs`: gradients then
   * follow the operator's rule instead of the nodes. For operators that ONNX Runtime lacks in some type.
   */
  treatAs(operator: OperatorName, inputs: readonly Value[], result: Value): void {
    const { name } = result;
    this.#derivations.set(result, { operator, name, inputs, attributes: {}, outputs: [result] });
  }

  /** The node (or stand-in) that gradients see as the maker of `value`; undefined for inputs and constants. */
  derivationOf(value: Value): Node | undefined {
    return this.#derivations.get(value);
  }

  /** Where the size of the run-time name `symbol` can be read: an axis of a value. */
  symbolSource(symbol: string): { value: Value; axis: number } {
    const source = this.#symbolSources.get(symbol);
    if (source === undefined) throw new Error(`no value of the graph has the dimension ${symbol}`);
    return source;
  }

  #makeValue(name: string, { type, shape }: ValueKind): Value {
    const value = new Value(this, name, type, shape);
    shape.forEach((size: Dimension, axis) => {
      const { coefficient, symbols } = dimensionFactors(size);
      const isPlainName = coefficient === 1 && symbols.length === 1;
      if (isPlainName && !this.#symbolSources.has(symbols[0])) {
        this.#symbolSources.set(symbols[0], { value, axis });
      }
    });
    return value;
  }

  #checkOwnership(operator: string, inputs: readonly (Value | undefined)[]): void {
    const stranger = inputs.find((value) => value !== undefined && value.graph !== this);
    if (stranger !== undefined) {
      throw new Error(`${operator}: ${stranger.name} is of another graph`);
    }
  }

  #claimName(name: string): string {
    if (this.#nameCounts.has(name)) throw new Error(`the name ${name} is taken`);
    this.#nameCounts.set(name, 1);
    return name;
  }

  /** `wanted`, or when that is taken `wanted_2`, `wanted_3` ... */
  #freeName(wanted: string): string {
    let name = wanted;
    for (let count = this.#nameCounts.get(wanted) ?? 0; this.#nameCounts.has(name); ) {
      count += 1;
      this.#nameCounts.set(wanted, count);
      name = `${wanted}_${count}`;
    }
    return name;
  }
}
