// ONNX's messages as @bufbuild/protobuf sees them: a second, independent reader for what the model writer writes.
import {
  create,
  createFileRegistry,
  fromBinary,
  type JsonObject,
  type Message,
  toJson,
} from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

/** Number and type of each field, from onnx.proto; `*` marks repeated fields. */
const messages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ModelProto: {
    ir_version: '1 int64',
    producer_name: '2 string',
    graph: '7 GraphProto',
    opset_import: '8 OperatorSetIdProto*',
  },
  OperatorSetIdProto: { domain: '1 string', version: '2 int64' },
  GraphProto: {
    node: '1 NodeProto*',
    name: '2 string',
    initializer: '5 TensorProto*',
    input: '11 ValueInfoProto*',
    output: '12 ValueInfoProto*',
  },
  NodeProto: {
    input: '1 string*',
    output: '2 string*',
    name: '3 string',
    op_type: '4 string',
    attribute: '5 AttributeProto*',
    domain: '7 string',
  },
  AttributeProto: {
    name: '1 string',
    f: '2 float',
    i: '3 int64',
    s: '4 bytes',
    ints: '8 int64*',
    type: '20 int32',
  },
  TensorProto: {
    dims: '1 int64*',
    data_type: '2 int32',
    name: '8 string',
    raw_data: '9 bytes',
    external_data: '13 StringStringEntryProto*',
    data_location: '14 int32',
  },
  StringStringEntryProto: { key: '1 string', value: '2 string' },
  ValueInfoProto: { name: '1 string', type: '2 TypeProto' },
  TypeProto: { tensor_type: '1 TensorTypeProto' },
  TensorTypeProto: { elem_type: '1 int32', shape: '2 TensorShapeProto' },
  TensorShapeProto: { dim: '1 DimensionProto*' },
  DimensionProto: { dim_value: '1 int64', dim_param: '2 string' },
};

const scalarTypes = {
  int64: FieldDescriptorProto_Type.INT64,
  int32: FieldDescriptorProto_Type.INT32,
  string: FieldDescriptorProto_Type.STRING,
  bytes: FieldDescriptorProto_Type.BYTES,
  float: FieldDescriptorProto_Type.FLOAT,
};

function describeField(name: string, text: string): object {
  const [, number, type, star] = /^(\d+) (\w+)(\*?)$/.exec(text) ?? [];
  const label =
    star === '*' ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL;
  const scalar = (scalarTypes as Partial<Record<string, FieldDescriptorProto_Type>>)[type];
  return scalar === undefined
    ? {
        name,
        number: Number(number),
        label,
        type: FieldDescriptorProto_Type.MESSAGE,
        typeName: `.onnx.${type}`,
      }
    : { name, number: Number(number), label, type: scalar };
}

const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      create(FileDescriptorProtoSchema, {
        name: 'onnx.proto',
        package: 'onnx',
        syntax: 'proto2',
        messageType: Object.entries(messages).map(([name, fields]) => ({
          name,
          field: Object.entries(fields).map(([field, text]) => describeField(field, text)),
        })),
      }),
    ],
  }),
);

/**
 * The model as JSON under the names of onnx.proto; int64 as strings, bytes in base64.
 * @throws Error when there are fields that the table above does not know
 */
export function decodeModel(bytes: Uint8Array): JsonObject {
  const schema = registry.getMessage('onnx.ModelProto');
  if (schema === undefined) throw new Error('the descriptor lacks ModelProto');
  const model = fromBinary(schema, bytes);
  refuseUnknownFields(model);
  return toJson(schema, model, { useProtoFieldName: true }) as JsonObject;
}

function refuseUnknownFields(message: Message): void {
  if (message.$unknown !== undefined) throw new Error(`unknown fields in ${message.$typeName}`);
  for (const field of Object.values(message)) {
    for (const item of Array.isArray(field) ? (field as unknown[]) : [field as unknown]) {
      if (typeof item === 'object' && item !== null && '$typeName' in item) {
        refuseUnknownFields(item as Message);
      }
    }
  }
}
