#!/usr/bin/env node
// The entry of bert-serving-benchmark: reads the arguments, runs the command, and says how it ended.
import { runBenchmark } from './bert-serving/benchmark.js';

process.exitCode = await runBenchmark(process.argv.slice(2));
