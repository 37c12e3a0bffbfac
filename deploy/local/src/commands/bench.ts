/**
 * `npm run bench [-- part …]`: measures the hub beside aedes, as test-e2e/bench has it, on a hub that
 * it starts for that and ends.
 */
import { BenchmarkedHub } from '../bench-run/benchmarked-hub.js';
import { runBenchmark } from '../bench-run/run-benchmark.js';
import { readConfig } from '../config.js';
import { ConsoleReporter } from '../console/reporter.js';

/** @returns the exit code */
export async function run(words: readonly string[]): Promise<number> {
  const { repositoryDir, environment } = readConfig();
  // The result alone goes to standard output.
  const hub = new BenchmarkedHub(environment, new ConsoleReporter(process.stderr, false));
  const restartHub = (gateways: number): Promise<unknown> => hub.restart(gateways);
  const ending = new AbortController();
  const shared = { words, repositoryDir, restartHub, signal: ending.signal };
  const refusal = await runBenchmark({ ...shared, file: 'check.js', environment });
  if (refusal !== 0) {
    return refusal;
  }
  const onSignal = (): void => {
    ending.abort();
    void hub.stop().then(() => process.exit(130));
  };
  // As with npm start, Ctrl-C may arrive twice.
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const variables = await hub.start();
    return await runBenchmark({
      ...shared,
      file: 'main.js',
      environment: { ...environment, ...variables },
    });
  } finally {
    await hub.stop();
  }
}
