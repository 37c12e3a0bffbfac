/** Text of the clients' own that the registry keeps for them. */
import { HubError } from '@linchpin/wire';

/** @throws HubError ArgumentInvalid for more characters, and for U+0000, which cannot be stored */
export function validateFreeText(field: string, text: string, lengthMax: number): void {
  // A character takes up to two units of `length`: the first look keeps the exact count cheap.
  if (text.length > 2 * lengthMax || Array.from(text).length > lengthMax) {
    throw new HubError('ArgumentInvalid', `${field} has more than ${lengthMax} characters.`);
  }
  if (text.includes('\0')) {
    throw new HubError('ArgumentInvalid', `${field} holds the character U+0000.`);
  }
}
