/** The tags of what is sent on links whose clients look at none of them: four bytes, the lowest first, as Azure has them. */
export class DeliveryTags {
  #last = 0;

  next(): Buffer {
    const tag = Buffer.alloc(4);
    tag.writeUInt32LE(this.#last);
    this.#last = (this.#last + 1) >>> 0;
    return tag;
  }
}
