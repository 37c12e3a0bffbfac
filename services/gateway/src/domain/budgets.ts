/** Amounts that all processes of a deployment spend from together: ports of `@linchpin/platform/budgets`. */
import type { Throttle, ThrottleRefusal } from '@linchpin/wire';

export interface Budget {
  /** Takes the units if they are at hand; `wait` finds out whether they can be had. */
  spend(units: number): boolean;

  /** Hears once that it is its turn, or why it is not; turns come in the order of the calls. */
  wait(units: number, onTurn: (refusal: ThrottleRefusal | undefined) => void): void;

  /** Why `wait` would refuse the units now; undefined when it would not. */
  refusalOf(units: number): ThrottleRefusal | undefined;

  /** Units that were spent for something that did not happen. */
  giveBack(units: number): void;
}

export interface Budgets {
  /** The same budget for the same name, until it is closed; new terms hold for all who have it. */
  open(name: string, kind: string, terms: Throttle): Budget;

  /** Lets through whoever waits. */
  close(name: string): void;
}
