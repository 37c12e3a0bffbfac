/**
 * The properties of a message as an MQTT topic carries them (device-mqtt.md section 5.1).
 *
 *     bag  = pair *( "&" pair )      ; one topic segment: it ends at the next "/"
 *     pair = key [ "=" value ]       ; both percent-encoded UTF-8
 */
import { HubError } from './hub-error.js';
import { percentDecode } from './percent-encoding.js';

/** In the order of the topic; null is a key without `=`, which differs from an empty value. */
export type PropertyBag = Map<string, string | null>;

/**
 * Takes the topic's text after `messages/events/`. Of two pairs with one key the last counts; `$.mid`
 * and `%24.mid` are one key. What follows the first `/` is ignored, be it nothing (C#, Java) or the
 * rest of an unencoded value (C).
 *
 * @throws HubError ArgumentInvalid for a pair without key and for a second `=`
 */
export function decodePropertyBag(text: string): PropertyBag {
  const bag: PropertyBag = new Map();
  const slash = text.indexOf('/');
  const segment = slash < 0 ? text : text.slice(0, slash);
  if (segment === '') {
    return bag;
  }
  for (const pair of segment.split('&')) {
    decodePair(pair, bag);
  }
  const lostValue = slash >= 0 && slash < text.length - 1 && segment.endsWith('=');
  if (lostValue) {
    // `a=/x` from an SDK that does not encode: the value is not empty, it is lost.
    const pair = segment.slice(segment.lastIndexOf('&') + 1, -1);
    bag.set(percentDecode(pair), null);
  }
  return bag;
}

function decodePair(pair: string, bag: PropertyBag): void {
  const equals = pair.indexOf('=');
  if (equals === 0 || pair === '') {
    throw new HubError('ArgumentInvalid', 'A property of the topic has no name.');
  }
  if (equals < 0) {
    bag.set(percentDecode(pair), null);
    return;
  }
  if (pair.includes('=', equals + 1)) {
    throw new HubError(
      'ArgumentInvalid',
      'A property of the topic has two = signs; encode it as %3D.',
    );
  }
  bag.set(percentDecode(pair.slice(0, equals)), percentDecode(pair.slice(equals + 1)));
}
