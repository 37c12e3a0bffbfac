/** Time as a budget sees it; a test has its own. */
export interface Clock {
  /** Only goes forward. */
  nowMs(): number;

  /** @returns undoes it */
  after(ms: number, work: () => void): () => void;
}

export const processClock: Clock = {
  nowMs: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms).unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
