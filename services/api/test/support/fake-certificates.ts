/** The registry's rpcs on CA certificates, answered from memory: what they hold is not looked into. */
import type { Certificate, PutCertificateRequest } from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';

interface Named {
  readonly hub: string;
  readonly name: string;
}

interface Tagged extends Named {
  readonly ifMatch: string;
}

export const verificationCode = 'A1'.repeat(20);

export class FakeCertificates {
  readonly #stored = new Map<string, Certificate>();
  #writes = 0;

  /** @param requireHub throws for a hub that there is not */
  constructor(private readonly requireHub: (name: string) => unknown) {}

  rpcs(): Record<string, (request: never) => object> {
    return {
      listCertificates: ({ hub }: { hub: string }) => ({ certificates: this.#list(hub) }),
      getCertificate: (named: Named) => ({ certificate: this.#get(named) }),
      putCertificate: (request: PutCertificateRequest) => this.#put(request),
      deleteCertificate: (tagged: Tagged) => {
        this.#requireTag(tagged);
        this.#stored.delete(keyOf(tagged));
        return {};
      },
      generateVerificationCode: (tagged: Tagged) => {
        this.#requireTag(tagged);
        return { certificate: this.#write(tagged, {}), verificationCode };
      },
      verifyCertificate: (tagged: Tagged & { verificationCertificate: string }) => {
        this.#requireTag(tagged);
        if (tagged.verificationCertificate !== 'cHJvb2Y=') {
          throw new HubError('ArgumentInvalid', 'The verification certificate proves nothing.');
        }
        return { certificate: this.#write(tagged, { isVerified: true }) };
      },
    };
  }

  #list(hub: string): Certificate[] {
    this.requireHub(hub);
    const certificates = [...this.#stored].filter(([key]) => key.startsWith(`${hub}/`));
    return certificates.map(([, certificate]) => certificate);
  }

  #find(named: Named): Certificate | undefined {
    this.requireHub(named.hub);
    return this.#stored.get(keyOf(named));
  }

  #get(named: Named): Certificate {
    const found = this.#find(named);
    if (found === undefined) {
      throw new HubError('CertificateNotFound', `The hub has no certificate ${named.name}.`);
    }
    return found;
  }

  #put({ ifMatch, certificate, isVerified = false, ...named }: PutCertificateRequest): object {
    const created = this.#find(named) === undefined;
    if (ifMatch !== undefined) {
      this.#requireTag({ ...named, ifMatch });
    }
    const der = Buffer.from(certificate, 'base64');
    return { certificate: this.#write(named, { der, isVerified }), created };
  }

  #requireTag({ ifMatch, ...named }: Tagged): void {
    if (ifMatch !== '*' && ifMatch !== this.#get(named).etag) {
      throw new HubError('PreconditionFailed', 'The certificate has another entity tag by now.');
    }
    this.#get(named);
  }

  #write(named: Named, members: Partial<Certificate>): Certificate {
    const now = new Date('2026-02-01T10:00:00Z');
    const certificate = {
      name: named.name,
      der: Buffer.alloc(0),
      isVerified: false,
      subject: 'CN=Root',
      expiry: new Date('2036-02-01T10:00:00Z'),
      thumbprint: 'AB'.repeat(20),
      createdTime: now,
      updatedTime: now,
      ...this.#find(named),
      ...members,
      etag: Buffer.from(String(++this.#writes)).toString('base64'),
    };
    this.#stored.set(keyOf(named), certificate);
    return certificate;
  }
}

function keyOf({ hub, name }: Named): string {
  return `${hub}/${name.toLowerCase()}`;
}
