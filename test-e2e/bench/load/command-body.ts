/** Bodies of commands: each ends with its number, where the device finds it by the byte. */
const numberLength = 12;

export function commandBody(number: number, bytes: number): string {
  return String(number).padStart(numberLength, '0').padStart(bytes, 'x');
}

/** @param end of the body */
export function numberOfCommand(bytes: Buffer, end: number): number {
  return Number(bytes.toString('latin1', end - numberLength, end));
}
