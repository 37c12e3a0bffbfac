/** Where the unit ends that begins at `start`; undefined while not all of it is there. */
type EndOfUnit = (bytes: Buffer, start: number) => number | undefined;

/** Cuts what a socket gives, in whatever pieces, into whole packets or frames. */
export class UnitStream {
  #rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly endOf: EndOfUnit,
    private readonly onUnit: (bytes: Buffer, start: number, end: number) => void,
  ) {}

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = this.endOf(bytes, 0); end !== undefined; end = this.endOf(bytes, start)) {
      this.onUnit(bytes, start, end);
      start = end;
    }
    this.#rest = bytes.subarray(start);
  }
}
