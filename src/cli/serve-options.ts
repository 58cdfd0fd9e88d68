// The flags of polytag serve: what they are called, their ranges and defaults.
import { parseNames, wholeNumber } from './option-parsers.js';
import { type NewCommand, Option } from './typed-commander.js';

const options = {
  host: new Option(
    '--host <address>',
    'address to listen at; 0.0.0.0 is all of them, which needs --api-key-file or --insecure',
  ).default('127.0.0.1'),
  port: new Option('-p, --port <number>', 'port to listen at; 0 is any that is free')
    .argParser(wholeNumber(0, 65_535))
    .default(8080),
  workers: new Option(
    '--workers <number>',
    'threads that run each model, from 1 (default: one a core)',
  ).argParser(wholeNumber(1)),
  precision: new Option(
    '--precision <name>',
    'fp32, or int8: faster, with slightly other scores (`polytag info MODEL` says how much)',
  )
    .choices(['fp32', 'int8'] as const)
    .default('fp32' as const),
  windows: new Option(
    '--windows <combination>',
    "texts that are longer than a model takes, where it does not say itself: by windows, a label's logit their max or mean; cut reads the beginning alone",
  )
    .choices(['max', 'mean', 'cut'] as const)
    .default('max' as const),
  language: new Option('--language <tags>', 'languages that the classifiers speak, as BCP-47 tags')
    .argParser(parseNames)
    .default(['en'], 'en'),
  labelMapping: new Option(
    '--label-mapping <file>',
    "JSON: which labels stand for which categories of clients' interfaces (docs/serving.md)",
  ),
  maxBatchTexts: new Option('--max-batch-texts <number>', 'texts of one request at most')
    .argParser(wholeNumber(1, 100_000))
    .default(1024),
  apiKeyFile: new Option(
    '--api-key-file <file>',
    'API keys, hashed, a line each; then all need one',
  ),
  newApiKey: new Option(
    '--new-api-key <name>',
    'print a new API key to standard output and its line for the file to standard error, and end',
  ),
  adminKey: new Option(
    '--admin-key',
    'with --new-api-key: one that may change thresholds and reload',
  ),
  insecure: new Option(
    '--insecure',
    'listen where other machines reach it, though no key is needed',
  ),
  allowedHosts: new Option(
    '--allowed-hosts <names>',
    'names under which a proxy on this machine reaches a service without keys',
  ).argParser(parseNames),
  cors: new Option(
    '--cors <origins>',
    'origins whose pages may read answers: *, or several with commas',
  ),
  cacheMb: new Option(
    '--cache-mb <number>',
    'memory for scores that were given before, in MB (default: none)',
  ).argParser(wholeNumber(1, 1_000_000)),
  feedback: new Option(
    '--feedback <file>',
    'a .csv or .jsonl to keep corrections in that clients send; polytag train reads it (default: none)',
  ),
  log: new Option(
    '--log <file>',
    'a JSON line a request, without texts; - is standard error',
  ).default('-'),
  logLevel: new Option('--log-level <level>', 'what is logged')
    .choices(['debug', 'info', 'warn', 'error', 'off'] as const)
    .default('info' as const),
};

/** Declares the flags. */
export function addServeOptions(command: NewCommand<[string[]]>) {
  return command
    .addOption(options.host)
    .addOption(options.port)
    .addOption(options.workers)
    .addOption(options.precision)
    .addOption(options.windows)
    .addOption(options.language)
    .addOption(options.labelMapping)
    .addOption(options.maxBatchTexts)
    .addOption(options.apiKeyFile)
    .addOption(options.newApiKey)
    .addOption(options.adminKey)
    .addOption(options.insecure)
    .addOption(options.allowedHosts)
    .addOption(options.cors)
    .addOption(options.cacheMb)
    .addOption(options.feedback)
    .addOption(options.log)
    .addOption(options.logLevel);
}

/** What the flags hold. */
export type ServeFlags = ReturnType<ReturnType<typeof addServeOptions>['opts']>;
