/** A device that takes commands, and settles each as soon as it has it. */
export interface CommandDevice {
  close(): Promise<void>;
}

export interface CommandDeviceListener {
  /** The number of the command, which is settled. */
  onCommand(number: number): void;
  onLost(error: Error): void;
}
