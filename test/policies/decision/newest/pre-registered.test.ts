import { expect, it } from "@jest/globals";
import type { NamedRegistration, Signatures } from "../../../../policies/artifact.ts";
import { listReasons } from "../../../../policies/decision.ts";
import type { Evidence } from "../../../../policies/evidence.ts";
import { asking, aWorkload, decideOn, runningModel } from "../../../support/builders/decision.ts";
import { digest, found, full, references } from "../../../support/builders/evidence.ts";
import { ci, ciId } from "../../checks/case.ts";
import { manifest, registeredContent } from "../../../support/registrations.ts";

const model = digest(66);
const policy = asking(
  { benchmarks: [{ id: "larch-qa", metric: "acc", min: 0.62, preRegistered: true }] },
  { evidence: { repositories: ["quay.io/acme/evals"], signers: [ci], newest: true } },
);

const signed: Signatures = { kind: "checked", seen: 1, verified: [{ signer: ciId, identity: "ci" }], problems: [] };
const dayOf = (day: number): string => `2026-11-${String(day).padStart(2, "0")}T02:00:00Z`;

/** Registered is what the run names: a registration of the second of November, nothing, or one that nobody has. */
type Named = "registered" | "unregistered" | "unknown";

/** A run of a day of November, with its accuracy, that refers to the model. */
function run(number: number, day: number, acc: number, named: Named): [string, Evidence] {
  const preRegistration: NamedRegistration = {
    manifest: named === "unknown" ? digest(91) : manifest,
    evaluatedAt: dayOf(day),
    dataset: undefined,
  };
  return found(number, {
    subject: model,
    signatures: signed,
    annotations: { "org.opencontainers.image.created": dayOf(day) },
    content: {
      kind: "read",
      completedAt: undefined,
      benchmarks: [
        {
          provider: undefined,
          id: "larch-qa",
          metrics: new Map([["acc", acc]]),
          passed: undefined,
          bounds: [{ metric: "acc", comparator: ">=", threshold: "0.62", passed: acc >= 0.62 }],
          ...(named !== "unregistered" && { preRegistration }),
        },
      ],
    },
  });
}

function registration(): [string, Evidence] {
  const verified = [{ signer: ciId, identity: "ci", witness: { kind: "known", at: dayOf(2) } as const }];
  return found(10, {
    content: registeredContent({ metric: "acc" }),
    signatures: { kind: "checked", seen: 1, verified, problems: [] },
  });
}

/** The first run is the one that is named, beside the registration; all of them are listed. */
function judge(...runs: readonly [string, Evidence][]): string {
  const decision = decideOn({
    policies: [policy],
    workload: aWorkload({
      models: [{ ...runningModel, digest: model }],
      references: references(full(1), full(10)),
      listed: { references: [...runs.map((_, at) => full(at + 1)), full(10)], problems: [] },
    }),
    evidence: [...runs, registration()],
  });
  return [decision.verdict, ...listReasons(decision)].join(" ");
}

const own = run(1, 5, 0.7, "registered");

it.each<[string, readonly [string, Evidence][], string]>([
  ["alone", [own], "admit"],
  ["alone and unregistered", [run(1, 5, 0.7, "unregistered")], "deny NOT_PRE_REGISTERED"],
  ["beside an older one that fails", [own, run(2, 4, 0.1, "unregistered")], "admit"],
  ["beside a newer one that passes, unregistered", [own, run(2, 6, 0.7, "unregistered")], "admit"],
])("a registered run %s: %s", (_, runs, expected) => expect(judge(...runs)).toBe(expected));

it.each<Named>(["registered", "unregistered", "unknown"])(
  "a newer run that fails stands against others, %s or not",
  (named) => expect(judge(own, run(2, 6, 0.1, named))).toBe("deny EVIDENCE_SUPERSEDED"),
);

it.each<[Named, string]>([
  ["registered", "admit"],
  ["unregistered", "deny EVIDENCE_SUPERSEDED"],
  ["unknown", "deny EVIDENCE_SUPERSEDED"],
])("the newest run that passes, %s, after one that fails: %s", (named, expected) =>
  expect(judge(own, run(2, 6, 0.1, "unregistered"), run(3, 7, 0.7, named))).toBe(expected),
);
