/** How much of everything, for figures that count and for a look at whether it works. */
export interface Settings {
  /** Servers take turns; each figure is the median of so many. */
  readonly rounds: number;
  readonly payloadBytes: number;
  readonly saturated: {
    readonly connections: number;
    /** Messages on their way, a connection. */
    readonly window: number;
    readonly warmUpMs: number;
    readonly measureMs: number;
  };
  readonly https: {
    /** Each has one request on its way. */
    readonly connections: number;
    /** Of a request that has several. */
    readonly batchMessages: number;
    readonly warmUpMs: number;
    readonly measureMs: number;
  };
  readonly offered: {
    readonly connections: number;
    readonly messagesPerSecond: number;
    readonly warmUpMs: number;
    readonly measureMs: number;
  };
  readonly idle: {
    readonly connections: number;
    /** Connections that come and go before, so that code and heap have their size. */
    readonly warmUpConnections: number;
    /** Until what the connects have set going is done. */
    readonly settleMs: number;
  };
  readonly limits: {
    readonly devices: number;
    readonly measureMs: number;
  };
  readonly twins: {
    readonly connections: number;
    readonly warmUpMs: number;
    readonly measureMs: number;
  };
  readonly queries: {
    /** Devices of each of two hubs. */
    readonly twins: number;
    /** Of each query. */
    readonly repetitions: number;
  };
  readonly methods: {
    /** Each takes 10 at once. */
    readonly devices: number;
    readonly atOnce: readonly number[];
    readonly bursts: number;
    /** Between two bursts. */
    readonly pauseMs: number;
    readonly perSecond: number;
    readonly measureMs: number;
    /** Before, so that code is compiled. */
    readonly warmUpCalls: number;
  };
  readonly commands: {
    readonly devices: number;
    /** Each sends the next command when its last has arrived. */
    readonly senders: number;
    /** Of all of them together, where they send evenly. */
    readonly perSecond: number;
    readonly warmUpMs: number;
    readonly measureMs: number;
  };
  /** How many there are in the part that grows; a round each. */
  readonly gateways: readonly number[];
}

export const fullSettings: Settings = {
  rounds: 3,
  payloadBytes: 200,
  saturated: { connections: 200, window: 20, warmUpMs: 4_000, measureMs: 8_000 },
  https: { connections: 200, batchMessages: 100, warmUpMs: 4_000, measureMs: 8_000 },
  offered: { connections: 500, messagesPerSecond: 2_000, warmUpMs: 4_000, measureMs: 12_000 },
  idle: { connections: 5_000, warmUpConnections: 500, settleMs: 5_000 },
  limits: { devices: 60, measureMs: 60_000 },
  twins: { connections: 200, warmUpMs: 8_000, measureMs: 20_000 },
  queries: { twins: 100_000, repetitions: 100 },
  methods: {
    devices: 40,
    atOnce: [50, 100, 200],
    bursts: 10,
    pauseMs: 500,
    perSecond: 200,
    measureMs: 10_000,
    warmUpCalls: 20_000,
  },
  commands: { devices: 200, senders: 400, perSecond: 200, warmUpMs: 15_000, measureMs: 20_000 },
  gateways: [1, 2, 3],
};

export const quickSettings: Settings = {
  rounds: 2,
  payloadBytes: 200,
  saturated: { connections: 50, window: 20, warmUpMs: 1_000, measureMs: 2_000 },
  https: { connections: 50, batchMessages: 100, warmUpMs: 1_000, measureMs: 2_000 },
  offered: { connections: 100, messagesPerSecond: 500, warmUpMs: 1_000, measureMs: 3_000 },
  idle: { connections: 500, warmUpConnections: 100, settleMs: 2_000 },
  limits: { devices: 30, measureMs: 10_000 },
  twins: { connections: 50, warmUpMs: 3_000, measureMs: 3_000 },
  queries: { twins: 5_000, repetitions: 5 },
  methods: {
    devices: 40,
    atOnce: [200],
    bursts: 3,
    pauseMs: 200,
    perSecond: 200,
    measureMs: 3_000,
    warmUpCalls: 1_000,
  },
  commands: { devices: 50, senders: 100, perSecond: 20, warmUpMs: 3_000, measureMs: 3_000 },
  gateways: [1, 2],
};
