import { RepeatedWork } from '../lifecycle/repeated-work.js';
import { StandingTrouble, type Logger } from '../logging/index.js';
import { faultOf, type ReadyCheck } from './ready-check.js';

interface PeersToWatch {
  /** By the names of the services that the process calls. */
  readonly checks: Readonly<Record<string, ReadyCheck>>;
  readonly logger: Logger;
  readonly periodMs?: number;
}

/** Between two looks. */
const standardPeriodMs = 5_000;

/** What stands is told again so often, for who reads no more of a log than its end. */
const toldAgainMs = 60_000;

/**
 * Tells in the log that a service does not answer, now and then while that stands, and when it does
 * again: a process without requests would not notice, and look well.
 */
export function watchPeers({
  checks,
  logger,
  periodMs = standardPeriodMs,
}: PeersToWatch): RepeatedWork {
  const looks = Object.entries(checks).map(([peer, check]) => createLook(peer, check, logger));
  return RepeatedWork.start(async () => {
    await Promise.all(looks.map((look) => look()));
  }, periodMs);
}

function createLook(peer: string, check: ReadyCheck, logger: Logger): () => Promise<void> {
  const trouble = new StandingTrouble(toldAgainMs);
  return async () => {
    const reason = await faultOf(check);
    const nowMs = performance.now();
    if (reason === undefined) {
      trouble.end(nowMs, (awayForMs) => {
        logger.info({ peer, awayForMs: Math.round(awayForMs) }, 'a service answers again');
      });
    } else {
      trouble.tell(nowMs, (awayForMs) => {
        const line = { peer, reason, awayForMs: Math.round(awayForMs) };
        logger.warn(line, 'a service does not answer; trying again');
      });
    }
  };
}
