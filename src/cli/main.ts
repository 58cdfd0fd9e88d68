#!/usr/bin/env node
// The entry of the command line: reads the arguments, runs the command, and says how it ended.
import { runProgram } from './program.js';

// ONNX Runtime would tell its maker about every session, and keep a file with an identifier for that.
// It looks once, when it is loaded; whoever wants it sent sets 0.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

process.exitCode = await runProgram(process.argv.slice(2));
