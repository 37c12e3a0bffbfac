/** A file that a device has uploaded, as the hub's back ends hear of it (amqp.md section 8.3). */
export interface FileNotification {
  readonly deviceId: string;
  /** Without a signature. */
  readonly blobUri: string;
  /** With the device's folder. */
  readonly blobName: string;
  /** Of the blob, as its store has it. */
  readonly lastUpdatedTime: Date;
  readonly blobSizeBytes: number;
  /** When the device completed the upload. */
  readonly enqueuedTime: Date;
}
