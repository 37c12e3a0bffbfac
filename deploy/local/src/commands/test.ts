/**
 * `npm test [-- suite [pattern]]`: lint, types and generated code, then unit, integration and
 * end-to-end tests, against a hub and engines that it starts and ends. The last line it prints is
 * `N passed, N failed`.
 */
import { readConfig } from '../config.js';
import { ConsoleReporter } from '../console/reporter.js';
import { explainError } from '../explain-error.js';
import { RunnerError } from '../runner-error.js';
import { addCounts, formatCounts, oneFailed, type Counts } from '../test-run/counts.js';
import { startHubUnderTest, type HubUnderTest } from '../test-run/hub-under-test.js';
import { needsHub, runsBeside, runSuite, suiteNames, type SuiteName } from '../test-run/suites.js';
import { ensureTools } from '../test-run/tools.js';

interface Selection {
  readonly suites: readonly SuiteName[];
  readonly pattern: string;
}

/** @returns the exit code */
export async function run(words: readonly string[]): Promise<number> {
  const selection = parseSelection(words);
  const results: Counts[] = [];
  try {
    await runSelection(selection, results);
  } catch (error) {
    process.stderr.write(`${explainError(error)}\n`);
    results.push(oneFailed);
  }
  const counts = addCounts(results);
  process.stdout.write(`${formatCounts(counts)}\n`);
  return counts.failed === 0 ? 0 : 1;
}

async function runSelection({ suites, pattern }: Selection, results: Counts[]): Promise<void> {
  const { repositoryDir, enginesDir, environment } = readConfig();
  const reporter = new ConsoleReporter(process.stdout, false);
  let hub: HubUnderTest | undefined;
  const ending = new AbortController();
  const onSignal = (): void => {
    ending.abort();
    void Promise.resolve(hub?.stop()).then(() => process.exit(130));
  };
  // As with npm start, Ctrl-C may arrive twice.
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const runOne = async (suite: SuiteName, variables: typeof environment): Promise<void> => {
    reporter.say(`${suite} tests …`);
    const settings = { repositoryDir, environment: variables, pattern, signal: ending.signal };
    const { passed, failed } = addCounts(await runSuite(suite, settings));
    const isEmpty = passed + failed === 0;
    if (isEmpty) {
      reporter.say(`no file with ${suite} tests matches "${pattern}"`);
    }
    results.push(isEmpty ? oneFailed : { passed, failed });
  };
  const beside = Promise.all(
    suites.filter(runsBeside).map(async (suite) => {
      await runOne(suite, environment);
      reporter.say(`${suite} tests have ended`);
    }),
  );
  try {
    const preparing = suites.some(needsHub)
      ? ensureTools({ repositoryDir, enginesDir, environment }, reporter)
      : Promise.resolve({});
    // Waited for where they are needed, if all before that goes well.
    preparing.catch(() => undefined);
    let variables = environment;
    for (const suite of suites.filter((each) => !runsBeside(each))) {
      if (needsHub(suite) && hub === undefined) {
        const tools = await preparing;
        hub = await startHubUnderTest(environment, reporter);
        variables = { ...environment, ...tools, ...hub.variables };
      }
      await runOne(suite, variables);
    }
    await beside;
  } finally {
    ending.abort();
    await beside.catch(() => undefined);
    await hub?.stop();
    if (hub !== undefined && addCounts(results).failed > 0) {
      reporter.say(`until the next run, the logs of its hub are in ${hub.logsFolder}`);
    }
  }
}

function parseSelection(words: readonly string[]): Selection {
  const [suite, pattern = '', ...rest] = words;
  if (suite === undefined) {
    return { suites: suiteNames, pattern: '' };
  }
  const known = suiteNames.find((name) => name === suite);
  if (known === undefined || rest.length > 0) {
    throw new RunnerError(
      `npm test knows no "${words.join(' ')}".`,
      `Usage: npm test [-- ${suiteNames.join('|')} [pattern of test files]].`,
    );
  }
  return { suites: [known], pattern };
}
