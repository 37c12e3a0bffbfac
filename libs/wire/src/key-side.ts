/** Which key of a pair: either counts, so that one can be replaced while the other is in use. */
export type KeySide = 'primary' | 'secondary';
