/** How much memory a request takes, and whose it is. */
import type { FoundOperation } from './find-operation.js';
import type { RequestContext } from './request-context.js';

/** A short answer, which those to changes are, with what a request takes beside its body. */
const smallBytes = 64 * 1024;
/** A list that is on its way from another service. When it is longer, its answer takes the rest. */
const listBytes = 1024 * 1024;

/** Before anything is done; what is read and answered may take more. */
export function expectedBytes({ operation }: FoundOperation): number {
  return operation.answersMuch === true ? listBytes : smallBytes;
}

/** One hub's back ends share what a hub may have, so that they leave room for those of others. */
export function holderOf({ caller, administrator }: RequestContext): string {
  return caller !== undefined
    ? `hub ${caller.hub}`
    : `administrator ${administrator?.kind === 'principal' ? administrator.name : ''}`;
}
