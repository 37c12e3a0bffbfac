/**
 * The benchmark, on a hub that runs: the runner (deploy/local/src/bench-run) starts both. The result
 * goes to standard output, and how far it is to standard error.
 */
import { once } from 'node:events';
import { inspect } from 'node:util';
import { parseArguments, type Arguments, type PartName } from './arguments.js';
import { createDevices } from './devices.js';
import { describeMachine } from './measure/machine.js';
import { runAmqp } from './parts/amqp.js';
import { runCommands } from './parts/commands.js';
import { runGateways } from './parts/gateways.js';
import { runHttps } from './parts/https.js';
import { runIdle } from './parts/idle.js';
import { runLimits } from './parts/limits.js';
import { runMethods } from './parts/methods.js';
import { runOffered } from './parts/offered.js';
import type { Bench } from './parts/part.js';
import { runQueries } from './parts/queries.js';
import { runProperties, runSaturated } from './parts/saturated.js';
import { runTwins } from './parts/twins.js';
import { runWebSocket } from './parts/websocket.js';
import type { PartResult } from './report/figures.js';
import { formatReport } from './report/format-report.js';
import { endWithParent } from './servers/child.js';
import { pidOf } from './servers/linchpin-server.js';
import { ReferenceServer } from './servers/reference-server.js';
import { fullSettings, quickSettings, type Settings } from './settings.js';

const runners: Readonly<Record<PartName, (bench: Bench) => Promise<readonly PartResult[]>>> = {
  saturated: runSaturated,
  properties: runProperties,
  websocket: runWebSocket,
  amqp: runAmqp,
  https: runHttps,
  offered: runOffered,
  idle: runIdle,
  gateways: runGateways,
  limits: runLimits,
  twins: runTwins,
  queries: runQueries,
  methods: runMethods,
  commands: runCommands,
};

endWithParent();
const { report, areAllMeasured } = await run(parseArguments(process.argv.slice(2)));
process.stdout.write(report, () => {
  process.exit(areAllMeasured ? 0 : 1);
});

interface Outcome {
  /** Of the parts that were measured. */
  readonly report: string;
  readonly areAllMeasured: boolean;
}

async function run({ parts, format, isQuick }: Arguments): Promise<Outcome> {
  const settings = isQuick ? quickSettings : fullSettings;
  const count = deviceCount(settings);
  say(`creating ${count} devices …`);
  const devices = await createDevices(count);
  const aedes = await ReferenceServer.start('aedes');
  const bench: Bench = { settings, devices, aedes, restartHub, say };
  const results = new Map<PartName, readonly PartResult[]>();
  for (const part of parts) {
    try {
      results.set(part, await runners[part](bench));
    } catch (error) {
      // What it has begun may go on, and would be measured with what comes next.
      say(`${part} failed; the report has the parts before it: ${inspect(error)}`);
      break;
    }
  }
  await aedes.stop();
  const machine = describeMachine(pidOf('kafka'));
  return {
    report: formatReport({ machine, date: new Date(), settings, isQuick, results }, format),
    areAllMeasured: results.size === parts.length,
  };
}

function deviceCount({
  saturated,
  https,
  offered,
  idle,
  twins,
  methods,
  commands,
}: Settings): number {
  const counts = [saturated, https, offered, idle, twins].map(({ connections }) => connections);
  return Math.max(...counts, methods.devices, commands.devices);
}

/** The runner does it, and answers once they serve. */
async function restartHub(gateways: number): Promise<void> {
  process.send?.({ gateways });
  await once(process, 'message');
}

function say(text: string): void {
  process.stderr.write(`bench      | ${text}\n`);
}
