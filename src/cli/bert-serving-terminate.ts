#!/usr/bin/env node
// The entry of bert-serving-terminate: reads the arguments, runs the command, and says how it ended.
import { runTerminate } from './bert-serving/terminate.js';

process.exitCode = await runTerminate(process.argv.slice(2));
