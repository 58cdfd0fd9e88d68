#!/usr/bin/env node
// The entry of the command line: reads the arguments, runs the command, and says how it ended.
import { runProgram } from './program.js';

process.exitCode = await runProgram(process.argv.slice(2));
