package linchpin.kafka;

/** What the hub's api says that a token is good for: reading this topic. */
record Grant(String hub, String policy, String topic) {}
