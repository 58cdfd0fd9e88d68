#!/usr/bin/env node
// The entry of bert-serving-start: reads the arguments, runs the command, and says how it ended.
import { runStart } from './bert-serving/start.js';

process.exitCode = await runStart(process.argv.slice(2));
