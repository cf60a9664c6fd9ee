import type { Kind } from "./kind.ts";

/** An artifact whose annotations are all that is understood of it. Its content says nothing to the gate, so it is not fetched. */
export const generic: Kind = {
  name: "generic",
  matches: () => true,
  readContent: async () => ({ kind: "none" }),
};
