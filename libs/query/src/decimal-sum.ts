/**
 * Sums of numbers as they are written, which is exact, and so the same in whatever order they come: the database adds
 * decimals, too.
 */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** @returns the double next to the exact sum */
export function decimalSum(numbers: readonly number[]): number {
  const decimals = numbers.map(toDecimal);
  const exponent = decimals.reduce((least, each) => Math.min(least, each.exponent), 0);
  const total = decimals.reduce(
    (sum, each) => sum + each.digits * 10n ** BigInt(each.exponent - exponent),
    0n,
  );
  return Number(`${total}e${exponent}`);
}

function toDecimal(number: number): Decimal {
  const [mantissa = '', exponent = '0'] = number.toExponential().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}
