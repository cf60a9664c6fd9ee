/**
 * What an audit finds by itself, beside the reasons of decisions: its codes keep their names as reasons do.
 * docs/audit.md has the same table for people.
 */
export const auditCodes = {
  ADMITTED: { meaning: "Every policy that is about the object would admit it now." },
  NOT_GOVERNED: { meaning: "No policy is about the object." },
  NOT_RUNNING: { meaning: "The object runs nothing: it has ended, or was scaled to nothing by what made it." },
  SAME_AS_OWNER: {
    meaning: "A controller made the object, and it runs what the object that it was made for was judged by.",
  },
  CHILD_DIFFERS: {
    meaning: "A controller is said to have made the object, and it does not run what its owner was judged by.",
    remedy:
      "Look at who changed it: a mutating webhook, a rollout that has not ended, or somebody who wrote the owner reference. It is judged by itself, too.",
  },
  MODEL_UNIDENTIFIED: {
    meaning: "The object asks for an accelerator and runs a model that nobody can identify, and no policy is about it.",
    remedy: "Write a policy that is about it, or say what it runs: `assaygate describe` shows what is read of it.",
  },
  KIND_NOT_JUDGED: {
    meaning: "Pods that ask for an accelerator are made for an object of a kind that the gate does not read.",
    remedy: "Add the kind to the setting `kinds` and to the rules of the webhook configuration.",
  },
  KIND_NOT_SENT: {
    meaning:
      "The gate reads the kind, there are such objects, and the webhook configuration has no rule for it: nobody asks.",
    remedy:
      "Add the rule to the webhook configuration: docs/examples/webhook-configuration.yaml has it for every kind.",
  },
  RECORD_LACKS: {
    meaning: "A decision record does not hold what it takes to judge by other policies.",
    remedy: "Ask the cluster: leave out --since.",
  },
} as const;

/** A code of an audit's own. */
export type AuditCode = keyof typeof auditCodes;

/** True for a code of an audit's own. */
export function isAuditCode(code: string): code is AuditCode {
  return Object.hasOwn(auditCodes, code);
}
