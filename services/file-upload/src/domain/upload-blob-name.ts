/**
 * What a blob is called that a device uploads: its name in the folder of the device. A name that would leave the
 * folder, or that a store might read as another one, is refused and never made to fit: the device would look for its
 * blob in vain.
 */
import { HubError } from '@linchpin/wire';

/** Azure Storage's own limits of a name, with the folder. */
const lengthMax = 1_024;
const segmentsMax = 254;

/** Some SDKs put names into URIs as they are, so what stands there percent-encoded must be harmless as well. */
const decodingsMax = 3;

/**
 * @param wished as the device names it
 * @throws HubError ArgumentInvalid that says what is wrong
 */
export function uploadBlobName(deviceId: string, wished: string): string {
  if (wished === '') {
    throw refused('is empty');
  }
  const name = `${deviceId}/${wished}`;
  if (name.length > lengthMax) {
    throw refused(`has more than ${lengthMax} characters with the folder of the device`);
  }
  const [folder = '', ...segments] = name.split('/');
  const ofFolder = faultOf(folder);
  if (ofFolder !== undefined) {
    throw new HubError(
      'ArgumentInvalid',
      `The device can have no folder of its own, and hence no uploads: its id ${ofFolder}.`,
    );
  }
  if (segments.length >= segmentsMax) {
    throw refused(`has more than ${segmentsMax} parts between slashes`);
  }
  const fault = segments.map(faultOf).find((each) => each !== undefined);
  if (fault !== undefined) {
    throw refused(fault);
  }
  return name;
}

function refused(fault: string): HubError {
  return new HubError('ArgumentInvalid', `The name of the blob ${fault}.`);
}

/** @param segment between two slashes */
function faultOf(segment: string): string | undefined {
  let text = segment;
  for (let decodings = 0; decodings <= decodingsMax; decodings++) {
    const fault = plainFaultOf(text);
    if (fault !== undefined) {
      return fault;
    }
    const decoded = decodePercents(text);
    if (decoded === text) {
      return undefined;
    }
    text = decoded;
  }
  return 'is percent-encoded again and again';
}

/**
 * Azure Storage takes dots at the end of a part away, so that `.` and `..` are but two of many. A path ends before a
 * question mark or number sign that somebody does not encode.
 */
function plainFaultOf(text: string): string | undefined {
  if (text === '') {
    return 'begins or ends with a slash, or has two together';
  }
  if (/\.(?:$|[?#])/.test(text)) {
    return 'has a part between slashes that ends with a dot, or with one before ? or #';
  }
  if (/[/\\]/.test(text)) {
    return 'holds a backslash, or a slash that is percent-encoded';
  }
  // Half a character, or none, has no place in a URI or in XML.
  if (/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(text)) {
    return 'holds a control character, or what is none at all';
  }
  return undefined;
}

/** Of ASCII characters: no other is of any meaning in a path. */
function decodePercents(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
}
