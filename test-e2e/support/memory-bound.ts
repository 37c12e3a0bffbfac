/**
 * What a gateway may come to hold, whatever Kafka and its devices do (services/gateway/src/config.ts has
 * the bounds). RSS is more than what they count:
 *
 *     what it takes to run at all, with some 1,000 connections              192 MiB
 *     telemetry that waits: read no further at 64 MiB, and taken on no
 *       further at twice that (LINCHPIN_PENDING_TELEMETRY_BYTES_MAX)        128 MiB
 *     packets that come in pieces (LINCHPIN_PARTIAL_PACKET_BYTES_MAX)        64 MiB
 *     wills (LINCHPIN_WILL_BYTES_MAX)                                        64 MiB
 *     twin requests that wait, and what devices have not read yet
 *       (LINCHPIN_EXCHANGE_BYTES_MAX)                                        64 MiB
 *     events that readers do not take (LINCHPIN_READ_AHEAD_BYTES_MAX)        64 MiB
 *     an answer to a fetch of the one broker                                  1 MiB
 *     batches as they are encoded for Kafka: 4 partitions, 900 KiB each       4 MiB
 *     what V8 and malloc have not given back yet, half as much again      290.5 MiB
 *                                                                         ---------
 *                                                                         871.5 MiB
 */
const mebibyte = 1_048_576;
const runningMiB = 192;
const waitingMiB = 128;
const partialMiB = 64;
const willsMiB = 64;
const exchangesMiB = 64;
const readAheadMiB = 64;
const fetchedMiB = 1;
const batchesMiB = 4;

export const gatewayResidentBytesMax =
  1.5 *
  (runningMiB +
    waitingMiB +
    partialMiB +
    willsMiB +
    exchangesMiB +
    readAheadMiB +
    fetchedMiB +
    batchesMiB) *
  mebibyte;

/**
 * What the process that runs jobs may come to hold, however many identities there are: some 130 MiB to run
 * at all, and twice over a piece of 4 MiB, its text and its lines, and what V8 has not given back yet.
 */
export const fileUploadResidentBytesMax = 384 * mebibyte;

/**
 * The same of the registry, which has two pages or batches of rows of jobs in hand at a time: some 170 MiB to
 * run at all and to answer devices and back ends meanwhile, and what V8 has not given back yet.
 */
export const registryResidentBytesMax = 512 * mebibyte;
