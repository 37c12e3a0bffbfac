/** Of each link by which a device sends, as Azure gives it (amqp.md section 4.2). */
export const deviceLinkCredit = 1_000;
