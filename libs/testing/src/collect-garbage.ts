import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** So that memory that is measured is memory that is held. */
export const collectGarbage = runInNewContext('gc') as () => void;
