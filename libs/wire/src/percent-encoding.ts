/**
 * Percent-encoding as Azure's parsers take it: a `+` is a plus, never a space, and what is not a
 * well-formed escape stays as it stands (device-mqtt.md section 5.1), so nothing is refused here.
 */

const continuation = '%[89ab][\\da-f]';

/** One character of UTF-8 in escapes: no overlong form, no surrogate, nothing beyond U+10FFFF. */
const escapedCharacter = [
  '%[0-7][\\da-f]',
  `%(?:c[2-9a-f]|d[\\da-f])${continuation}`,
  `%(?:e0%[ab][\\da-f]|e[1-9a-cef]${continuation}|ed%[89][\\da-f])${continuation}`,
  `%(?:f0%[9ab][\\da-f]|f[1-3]${continuation}|f4%8[\\da-f])${continuation}${continuation}`,
].join('|');

const escapedText = new RegExp(`(?:${escapedCharacter})+`, 'gi');

export function percentDecode(text: string): string {
  if (!text.includes('%')) {
    return text;
  }
  try {
    return decodeURIComponent(text);
  } catch {
    // One exception per text at most: one per broken escape would let a client burn our time.
    return text.replace(escapedText, decodeURIComponent);
  }
}

/** Escapes all but letters, digits and `-._~`, in upper-case hex: nothing is left that any parser splits at. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
