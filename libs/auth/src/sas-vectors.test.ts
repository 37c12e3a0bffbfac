/** The vectors of device-mqtt.md section 3.5, through all three checks of a token but the expiry. */
import { describe, expect, test } from '@jest/globals';
import { parseIdentityId } from '@linchpin/wire';

import { audienceCovers, deviceResource, ownAudienceCovers } from './sas-audience.js';
import { verifySasSignature } from './sas-signature.js';
import { parseSasToken } from './sas-token.js';

const hubHost = 'myhub.example.net';
const keys = {
  device: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
  module: 'ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=',
  policy: 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=',
};

interface Vector {
  readonly sr: string;
  readonly key: keyof typeof keys;
  readonly identity: string;
  readonly signature: string;
}

const vectors = {
  V1: {
    sr: 'myhub.example.net%2Fdevices%2Fdev1',
    key: 'device',
    identity: 'dev1',
    signature: 'sdCTZzt+x74jhB3zOGN8Em/c+/yGjfA6kaplTb9Z2pU=',
  },
  V2: {
    sr: 'myhub.example.net%2fdevices%2fdev1',
    key: 'device',
    identity: 'dev1',
    signature: 'VVEadbiDEu3vVcv4yuI34ckzYAQSEjsYVVWyAhpCxxw=',
  },
  V3: {
    sr: 'myhub.example.net/devices/dev1',
    key: 'device',
    identity: 'dev1',
    signature: '/l0PMIr++msFGIx7sjvvIMu5Uoz86KER2/HKJpH+VeI=',
  },
  V4: {
    sr: 'myhub.example.net%2Fdevices%2Fdev1%2Fmodules%2Fmod1',
    key: 'module',
    identity: 'dev1/mod1',
    signature: 'TbYRQKDoVoLteOcNY9fLWfPGmZg9UGRHI195B3OCMPA=',
  },
  V5: {
    sr: 'myhub.example.net',
    key: 'policy',
    identity: 'any',
    signature: 'hoKfDz9zpdG1Ff6T5SnjvjRY0peMqtUBbzxiJLk1UDU=',
  },
  V6: {
    sr: 'myhub.example.net%2Fdevices%2Fdev1',
    key: 'policy',
    identity: 'dev1',
    signature: '6pyfu8PX4XR6v0QhiT4kxBwun46kR3Ek3+SEdLXoQXQ=',
  },
  V7: {
    sr: 'myhub.example.net%2Fdevices%2Fdev1%2Fapi-version%3D2016-11-14',
    key: 'device',
    identity: 'dev1',
    signature: 'BzlrQTuopVrq4kp2BupFqYops45EfgKm6l10eEhA2PU=',
  },
  V8: {
    sr: 'myhub.example.net%2Fdevices%2Fdev%3A1%40x',
    key: 'device',
    identity: 'dev:1@x',
    signature: '+ysJ8woehibA1K4ZyPxQRFfPQ0B6cDiNRYC+UGo8FLI=',
  },
  V9: {
    sr: 'myhub.example.net%2Fdevices%2Fdev%253A1%2540x',
    key: 'device',
    identity: 'dev:1@x',
    signature: 'm3bHn6GO8so4V+y3UTvbkaCgMDWkW0GmKZYwpPqF8iM=',
  },
  V10: {
    sr: 'myhub.example.net/devices/dev%3A1%40x',
    key: 'device',
    identity: 'dev:1@x',
    signature: 'HCQCsjhvH3Y3dVNQqE6WLq2tJvvEee+7m6p6iJbUrho=',
  },
} as const satisfies Record<string, Vector>;

const { V1, V2, V4, V5, V6 } = vectors;
const namedVectors: [string, Vector][] = Object.entries(vectors);

describe('device-mqtt 16: SAS vectors verify', () => {
  test.each(namedVectors)('%s', (_name, vector) => {
    const text = tokenText(vector);
    expect(isSignedBy(text, vector.key)).toBe(true);
    expect(isFor(text, vector.identity, vector.key)).toBe(true);
  });

  test.each([
    [
      'dev1',
      'device',
      'SharedAccessSignature sr=myhub.example.net%2Fdevices%2Fdev1&sig=sdCTZzt%2Bx74jhB3zOGN8Em%2Fc%2B%2FyGjfA6kaplTb9Z2pU%3D&se=1767225600',
    ],
    [
      'dev1',
      'device',
      'SharedAccessSignature sig=%2Fl0PMIr%2B%2BmsFGIx7sjvvIMu5Uoz86KER2%2FHKJpH%2BVeI%3D&se=1767225600&sr=myhub.example.net/devices/dev1',
    ],
    [
      'dev1/mod1',
      'module',
      'SharedAccessSignature sr=myhub.example.net%2Fdevices%2Fdev1%2Fmodules%2Fmod1&sig=TbYRQKDoVoLteOcNY9fLWfPGmZg9UGRHI195B3OCMPA%3D&se=1767225600',
    ],
    [
      'any',
      'policy',
      'SharedAccessSignature sr=myhub.example.net&sig=hoKfDz9zpdG1Ff6T5SnjvjRY0peMqtUBbzxiJLk1UDU%3D&skn=device&se=1767225600',
    ],
  ] as const)('whole token for %s by the %s key', (identity, key, text) => {
    expect(isSignedBy(text, key)).toBe(true);
    expect(isFor(text, identity, key)).toBe(true);
  });
});

describe('device-mqtt 16: the negative list fails', () => {
  test("V1's signature with V2's audience", () => {
    expect(isSignedBy(tokenText({ ...V1, sr: V2.sr }), 'device')).toBe(false);
  });

  test.each(['dev10', 'Dev1', 'dev', 'other'])('V1 for %s', (identity) => {
    expect(isFor(tokenText(V1), identity, 'device')).toBe(false);
  });

  test('V1 for a module: only the module key could have signed it', () => {
    expect(isSignedBy(tokenText(V1), 'module')).toBe(false);
  });

  test('V5 without skn: no policy, and no device key has signed it', () => {
    const text = tokenText(V5);
    expect(parseSasToken(text).policy).toBeUndefined();
    expect(isSignedBy(text, 'device')).toBe(false);
  });

  test('V6 with skn=service: another key', () => {
    const text = `${tokenText(V6)}&skn=service`;
    expect(parseSasToken(text).policy).toBe('service');
    expect(isSignedBy(text, 'device')).toBe(false);
  });

  test('V4 for the device: the audience is longer than the resource', () => {
    expect(isFor(tokenText(V4), 'dev1', 'module')).toBe(false);
  });

  test.each(namedVectors)('%s with se changed by one, or written otherwise', (_name, vector) => {
    for (const se of ['1767225601', '1767225599', '1767225600.0']) {
      expect(isSignedBy(tokenText(vector, se), vector.key)).toBe(false);
    }
  });
});

function tokenText({ sr, signature }: Vector, se = '1767225600'): string {
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(signature)}&se=${se}`;
}

function isSignedBy(text: string, key: keyof typeof keys): boolean {
  return verifySasSignature(parseSasToken(text), [keys[key]]) === 0;
}

function isFor(text: string, identity: string, key: keyof typeof keys): boolean {
  const { audience } = parseSasToken(text);
  const resource = deviceResource(hubHost, parseIdentityId(identity));
  return key === 'policy'
    ? audienceCovers(audience, resource)
    : ownAudienceCovers(audience, resource);
}
