/** Says whether something the process needs answers; a rejection's message is shown to operators. */
export type ReadyCheck = () => Promise<void>;

const checkTimeoutMs = 2_000;

/** For operators, what is wrong; undefined when all is well. */
export async function faultOf(check: ReadyCheck): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, checkTimeoutMs, `no answer within ${checkTimeoutMs} ms`);
  });
  const outcome = check().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  try {
    return await Promise.race([outcome, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
