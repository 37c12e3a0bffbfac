/** From what was counted and used meanwhile to figures. */
import type { LatencyFigures } from '../load/latencies.js';
import type { CpuUse } from '../measure/cpu-meter.js';
import type { Figures } from '../report/figures.js';

export function messageFigures(messages: number, use: CpuUse): Figures {
  const { server = 0, kafka, 'load-balancer': balancer } = use.byRole;
  return {
    messagesPerSecond: messages / (use.elapsedMs / 1_000),
    serverUsPerMessage: server / messages,
    ...(kafka !== undefined && { kafkaUsPerMessage: kafka / messages }),
    ...(balancer !== undefined && { balancerUsPerMessage: balancer / messages }),
    ...shares(use),
  };
}

/** Besides, where a request brings several messages. */
export function requestFigures(requests: number, { elapsedMs, byRole }: CpuUse): Figures {
  return {
    requestsPerSecond: requests / (elapsedMs / 1_000),
    serverUsPerRequest: (byRole.server ?? 0) / requests,
  };
}

export function pubackFigures({ p50, p90, p99 }: LatencyFigures): Figures {
  return { pubackP50: p50, pubackP90: p90, pubackP99: p99 };
}

/** What reported properties took, by who worked for them. */
export function twinFigures(patches: number, use: CpuUse, { p50, p99 }: LatencyFigures): Figures {
  const { server = 0, twin = 0, postgres = 0, kafka = 0, registry = 0 } = use.byRole;
  return {
    patchesPerSecond: patches / (use.elapsedMs / 1_000),
    serverUsPerPatch: server / patches,
    twinUsPerPatch: twin / patches,
    postgresUsPerPatch: postgres / patches,
    kafkaUsPerPatch: kafka / patches,
    registryUsPerPatch: registry / patches,
    answerP50: p50,
    answerP99: p99,
    ...shares(use),
  };
}

/** What direct methods took, by who worked for them. */
export function methodFigures(methods: number, use: CpuUse): Figures {
  const { server = 0, api = 0, registry = 0, postgres = 0, redis = 0 } = use.byRole;
  const { 'cloud-to-device': cloudToDevice = 0 } = use.byRole;
  return {
    apiUsPerMethod: api / methods,
    registryUsPerMethod: registry / methods,
    postgresUsPerMethod: postgres / methods,
    cloudToDeviceUsPerMethod: cloudToDevice / methods,
    redisUsPerMethod: redis / methods,
    serverUsPerMethod: server / methods,
    generatorUsPerMethod: use.generatorUs / methods,
    othersShare: use.othersUs / use.elapsedMs / 10,
  };
}

/** What cloud-to-device messages took, by who worked for them. */
export function commandFigures(
  commands: number,
  use: CpuUse,
  { p50, p99 }: LatencyFigures,
): Figures {
  const { server = 0, api = 0, registry = 0, postgres = 0, redis = 0 } = use.byRole;
  const { 'cloud-to-device': cloudToDevice = 0 } = use.byRole;
  return {
    commandsPerSecond: commands / (use.elapsedMs / 1_000),
    commandP50: p50,
    commandP99: p99,
    apiUsPerCommand: api / commands,
    registryUsPerCommand: registry / commands,
    cloudToDeviceUsPerCommand: cloudToDevice / commands,
    postgresUsPerCommand: postgres / commands,
    redisUsPerCommand: redis / commands,
    serverUsPerCommand: server / commands,
    generatorUsPerCommand: use.generatorUs / commands,
    ...shares(use),
  };
}

/** What letting the connections in took, by who worked for it. */
export function connectFigures(connects: number, use: CpuUse): Figures {
  const { server = 0, registry, redis, postgres, kafka, 'load-balancer': balancer } = use.byRole;
  return {
    serverUsPerConnect: server / connects,
    ...(balancer !== undefined && { balancerUsPerConnect: balancer / connects }),
    ...(registry !== undefined && { registryUsPerConnect: registry / connects }),
    ...(redis !== undefined && { redisUsPerConnect: redis / connects }),
    ...(postgres !== undefined && { postgresUsPerConnect: postgres / connects }),
    ...(kafka !== undefined && { kafkaUsPerConnect: kafka / connects }),
    ...shares(use),
  };
}

/** Who was busy: whether the server or the generator was what held the load up. */
function shares({ elapsedMs, byRole, generatorUs, othersUs }: CpuUse): Figures {
  const percent = (us: number): number => us / elapsedMs / 10;
  return {
    serverShare: percent(byRole.server ?? 0),
    generatorShare: percent(generatorUs),
    othersShare: percent(othersUs),
  };
}
