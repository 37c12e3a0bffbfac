/** Use is measured over no shorter time. */
const measuredMsMin = 50;
const measuredMsMax = 60_000;

/** How fast a process takes units: an average in which the last second counts most. */
export class RecentUse {
  #perSecond = 0;
  #measuredMs = -Infinity;
  #taken = 0;
  #isTouched = false;

  took(units: number): void {
    this.#taken += units;
    this.#isTouched = true;
  }

  /** Units. */
  perSecond(nowMs: number): number {
    const passedMs = Math.min(measuredMsMax, nowMs - this.#measuredMs);
    if (passedMs >= measuredMsMin) {
      const now = (1_000 * this.#taken) / passedMs;
      this.#perSecond += (1 - Math.exp(-passedMs / 1_000)) * (now - this.#perSecond);
      this.#measuredMs = nowMs;
      this.#taken = 0;
    }
    return this.#perSecond;
  }

  /** Whether anything was taken since this was asked last. */
  wasTouched(): boolean {
    const wasTouched = this.#isTouched;
    this.#isTouched = false;
    return wasTouched;
  }
}
