/** Addresses inside the namespaces of a run. Nothing of the machine's can be reached from there, so they clash with nothing. */
export interface NodeAddresses {
  readonly name: string;
  readonly ip: string;
  /** Where its pods get their addresses from. */
  readonly podRange: string;
}

/** The control plane runs on the first. */
export const nodes: readonly [NodeAddresses, NodeAddresses] = [
  { name: "node-1", ip: "198.51.100.1", podRange: "203.0.113.0/25" },
  { name: "node-2", ip: "198.51.100.2", podRange: "203.0.113.128/25" },
];

/** Of all pods. */
export const podRange = "203.0.113.0/24";

/** How many bits of a node's address name the network that nodes are in. */
export const nodePrefix = 24;
