import type { ReadingMemory } from "../../webhook/admission/readings/reading-memory.ts";
import type { Reading } from "../../workload/read.ts";

/** Hands what a gate read of an object to the audit, which would read it again. */
export interface Handover {
  /** For the gate: it finds nothing in it. */
  readonly readings: ReadingMemory;
  /** What was read last, once. */
  take(): Reading | undefined;
}

/** Holds at most one reading, and only until it is taken. */
export function createHandover(): Handover {
  let last: Reading | undefined;
  return {
    readings: {
      find: () => undefined,
      keep(_, { reading }) {
        last = reading;
      },
    },
    take() {
      const taken = last;
      last = undefined;
      return taken;
    },
  };
}
