// The messages of an ONNX model: ModelProto and what it holds, from a graph.
// Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
import type { Attribute, GraphBuilder, Node, Value } from './graph-builder.js';
import { type OperatorName, operators, operatorSets } from './operators.js';
import { MessageWriter } from './protobuf-writer.js';
import { dataTypeNumbers, type Tensor, tensorBytes } from './tensor.js';

/** The version of ONNX's model format: 8 is the first with operator set 18. */
const MODEL_FORMAT = 8;

const attributeTypeNumbers = { float: 1, integer: 2, text: 3, integers: 7 } as const;

/** Where a tensor's bytes lie in a data file. */
export interface ExternalPlace {
  /** Path of the data file, relative to the model's folder. */
  readonly location: string;
  /** In bytes. */
  readonly offset: number;
}

/** What the outputs need, in the graph's own order. */
export interface LiveParts {
  readonly nodes: readonly Node[];
  readonly initializers: readonly Value[];
}

/** Operators whose outputs after the first may be left out; runtimes have faster forms without them. */
const withOptionalOutputs: ReadonlySet<OperatorName> = new Set(['LayerNormalization']);

/** The nodes and initializers that outputs depend on; everything else is not worth writing. */
export function collectLive(graph: GraphBuilder): LiveParts {
  if (graph.outputs.size === 0) throw new Error('a model without outputs computes nothing');
  const needed = new Set<Value>(graph.outputs.values());
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value))) continue;
    const outputs = withOptionalOutputs.has(node.operator)
      ? node.outputs.slice(0, node.outputs.findLastIndex((value) => needed.has(value)) + 1)
      : node.outputs;
    nodes.push({ ...node, outputs });
    for (const value of node.inputs) if (value !== undefined) needed.add(value);
  }
  const initializers = graph.initializers.filter((value) => needed.has(value));
  return { nodes: nodes.reverse(), initializers };
}

/** The data of an initializer. */
export function tensorOfValue(value: Value): Tensor {
  if (value.tensor === undefined) throw new Error(`${value.name} holds no data`);
  return value.tensor;
}

/** The whole model; initializers that have a place lie there, the others inside. */
export function modelMessage(
  graph: GraphBuilder,
  live: LiveParts,
  places: ReadonlyMap<Value, ExternalPlace>,
): MessageWriter {
  const model = new MessageWriter().integer(1, MODEL_FORMAT).text(2, 'polytag');
  for (const [domain, version] of Object.entries(operatorSets)) {
    const used = domain === '' || live.nodes.some((node) => operators[node.operator] === domain);
    if (used) model.message(8, new MessageWriter().text(1, domain).integer(2, version));
  }
  return model.message(7, graphMessage(graph, live, places));
}

function graphMessage(
  graph: GraphBuilder,
  live: LiveParts,
  places: ReadonlyMap<Value, ExternalPlace>,
): MessageWriter {
  const { names, identities } = nameOutputs(graph);
  const nameOf = (value: Value | undefined): string =>
    value === undefined ? '' : (names.get(value) ?? value.name);
  const message = new MessageWriter();
  for (const node of live.nodes) message.message(1, nodeMessage(node, nameOf));
  for (const [name, value] of identities) {
    message.message(
      1,
      new MessageWriter().text(1, nameOf(value)).text(2, name).text(4, 'Identity'),
    );
  }
  message.text(2, 'polytag');
  for (const value of live.initializers) {
    message.message(5, tensorMessage(nameOf(value), tensorOfValue(value), places.get(value)));
  }
  for (const value of graph.inputs) message.message(11, valueMessage(value.name, value));
  for (const [name, value] of graph.outputs) message.message(12, valueMessage(name, value));
  return message;
}

/** Outputs take the place of the names of the values they show; where they cannot, an Identity node is needed. */
function nameOutputs(graph: GraphBuilder): {
  names: ReadonlyMap<Value, string>;
  identities: readonly (readonly [string, Value])[];
} {
  const fixed = new Set<Value>([...graph.inputs, ...graph.initializers]);
  const names = new Map<Value, string>();
  const identities: [string, Value][] = [];
  for (const [name, value] of graph.outputs) {
    if (fixed.has(value) || names.has(value)) identities.push([name, value]);
    else names.set(value, name);
  }
  return { names, identities };
}

function nodeMessage(node: Node, nameOf: (value: Value | undefined) => string): MessageWriter {
  const message = new MessageWriter();
  for (const input of node.inputs) message.text(1, nameOf(input));
  for (const output of node.outputs) message.text(2, nameOf(output));
  message.text(3, node.name).text(4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message.message(5, attributeMessage(name, attribute));
  }
  const domain = operators[node.operator];
  return domain === '' ? message : message.text(7, domain);
}

function attributeMessage(name: string, attribute: Attribute): MessageWriter {
  const message = new MessageWriter().text(1, name);
  if (typeof attribute === 'number') {
    return message.integer(3, attribute).integer(20, attributeTypeNumbers.integer);
  }
  if (typeof attribute === 'string') {
    return message.text(4, attribute).integer(20, attributeTypeNumbers.text);
  }
  if ('float' in attribute) {
    return message.float(2, attribute.float).integer(20, attributeTypeNumbers.float);
  }
  for (const item of attribute) message.integer(8, item);
  return message.integer(20, attributeTypeNumbers.integers);
}

function tensorMessage(name: string, tensor: Tensor, place?: ExternalPlace): MessageWriter {
  const message = new MessageWriter();
  for (const size of tensor.shape) message.integer(1, size);
  message.integer(2, dataTypeNumbers[tensor.type]).text(8, name);
  if (place === undefined) return message.bytes(9, tensorBytes(tensor));
  const facts = {
    location: place.location,
    offset: String(place.offset),
    length: String(tensor.data.byteLength),
  };
  for (const [key, value] of Object.entries(facts)) {
    message.message(13, new MessageWriter().text(1, key).text(2, value));
  }
  return message.integer(14, 1);
}

function valueMessage(name: string, { type, shape }: Value): MessageWriter {
  const dimensions = new MessageWriter();
  for (const size of shape) {
    const dimension = new MessageWriter();
    dimensions.message(
      1,
      typeof size === 'number' ? dimension.integer(1, size) : dimension.text(2, size),
    );
  }
  const tensorType = new MessageWriter().integer(1, dataTypeNumbers[type]).message(2, dimensions);
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensorType));
}
