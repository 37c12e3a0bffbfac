/** A blob's name as it stands in a path: of RFC 3986 the unreserved characters alone are left, as S3 signs them. */
export function encodePath(name: string): string {
  return name.split('/').map(encodeStrictly).join('/');
}

/** `encodeURIComponent`, and what it leaves. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
