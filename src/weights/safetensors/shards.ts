// Several safetensors files as one source, by the index that names the file of each tensor.
import { dirname, join } from 'node:path';
import { polytagError } from '../../errors/index.js';
import { isJsonObject, readJsonFile } from '../json-file.js';
import { quote } from '../json-reader.js';
import { findTensor, type TensorSource } from '../tensor-source.js';
import { openSafetensors } from './reader.js';

const maximalShards = 256;
const shardName = /^[\w.-]{1,200}\.safetensors$/;

/**
 * Opens the shards that a `*.safetensors.index.json` lists in its `weight_map`. Shards lie beside the
 * index; a name that could lead out of its folder is refused.
 *
 * @throws PolytagError MODEL_JSON_INVALID, SAFETENSORS_INDEX_INVALID, and what `openSafetensors` throws
 */
export async function openSafetensorsShards(indexPath: string): Promise<TensorSource> {
  const shardOfTensor = await readWeightMap(indexPath);
  const shards = new Map<string, TensorSource>();
  const close = async (): Promise<void> => {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
  };
  try {
    for (const name of new Set(shardOfTensor.values())) {
      shards.set(name, await openSafetensors(join(dirname(indexPath), name)));
    }
    const sourceOfTensor = joinShards(indexPath, shardOfTensor, shards);
    const find = (name: string): TensorSource => findTensor(sourceOfTensor, name, indexPath);
    return {
      names: () => [...sourceOfTensor.keys()].sort(),
      info: (name) => find(name).info(name),
      read: async (name) => find(name).read(name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The names of the shard files that an index lists, sorted. @throws as `openSafetensorsShards` */
export async function listShards(indexPath: string): Promise<string[]> {
  return [...new Set((await readWeightMap(indexPath)).values())].sort();
}

function joinShards(
  indexPath: string,
  shardOfTensor: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, TensorSource>,
): Map<string, TensorSource> {
  const namesOfShard = new Map(
    [...shards].map(([name, shard]) => [name, new Set(shard.names())] as const),
  );
  const sourceOfTensor = new Map<string, TensorSource>();
  for (const [tensor, name] of shardOfTensor) {
    const shard = shards.get(name);
    if (shard === undefined || !namesOfShard.get(name)?.has(tensor)) {
      throw invalid(
        indexPath,
        `it places tensor ${quote(tensor)} in ${name}, which does not hold it`,
      );
    }
    sourceOfTensor.set(tensor, shard);
  }
  return sourceOfTensor;
}

async function readWeightMap(indexPath: string): Promise<Map<string, string>> {
  const { weight_map: weightMap } = await readJsonFile(indexPath);
  if (!isJsonObject(weightMap)) {
    throw invalid(indexPath, 'it has no object "weight_map"');
  }
  const shardOfTensor = new Map<string, string>();
  for (const [tensor, name] of Object.entries(weightMap)) {
    if (typeof name !== 'string' || !shardName.test(name)) {
      const shown = typeof name === 'string' ? quote(name) : typeof name;
      throw invalid(
        indexPath,
        `it names the shard ${shown}, which is no file name NAME.safetensors`,
      );
    }
    shardOfTensor.set(tensor, name);
  }
  if (new Set(shardOfTensor.values()).size > maximalShards) {
    throw invalid(indexPath, `it names more than ${maximalShards} shards`);
  }
  return shardOfTensor;
}

function invalid(file: string, problem: string): Error {
  return polytagError('SAFETENSORS_INDEX_INVALID', { file, problem });
}
