/** Of one connection only, whoever names them or not (RFC 9110 section 7.6.1); those of proxies begin with `proxy-`. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The fields that are passed on, in their order, spelling and number; how long the message is, is told anew.
 *
 * @param rawHeaders as Node has them: name, value, name, value, …
 */
export function endToEndHeaders(rawHeaders: readonly string[]): string[] {
  const fields = fieldsOf(rawHeaders);
  const named = new Set(
    fields
      .filter(({ key }) => key === 'connection')
      .flatMap(({ value }) => value.split(',').map((option) => option.trim().toLowerCase())),
  );
  // They say where the body ends: that is nobody's to leave out.
  named.delete('content-length');
  return fields
    .filter(({ key }) => !hopByHop.has(key) && !key.startsWith('proxy-') && !named.has(key))
    .flatMap(({ name, value }) => [name, value]);
}

interface Field {
  readonly name: string;
  readonly key: string;
  readonly value: string;
}

function fieldsOf(rawHeaders: readonly string[]): Field[] {
  const fields: Field[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    fields.push({ name, key: name.toLowerCase(), value });
  }
  return fields;
}
