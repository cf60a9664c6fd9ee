import { auditCodes } from "../../audit/codes.ts";
import type { AuditFinding, UnlistedResource } from "../../audit/finding.ts";
import type { KubeClient } from "../../webhook/cluster/client.ts";
import { findGateRegistration, webhookConfigurations } from "../../webhook/cluster/objects/gate-rules.ts";
import { explainUnlisted } from "../../webhook/cluster/objects/list-workloads.ts";
import type { ServedKind } from "../../webhook/cluster/objects/served-kinds.ts";
import { toKindKey } from "../../workload/kinds/kinds.ts";

/** What is found of the kinds that the API server does not ask the gate about. */
export interface UnsentKinds {
  readonly findings: readonly AuditFinding[];
  readonly unlisted: readonly UnlistedResource[];
}

/**
 * Kinds with objects of which the gate is not asked, though it would read them. Nothing where the gate is not registered under a
 * name of its own: somebody else may hand it reviews. `seen` holds kinds as tables have them. Never rejects.
 */
export async function findUnsentKinds(
  client: Pick<KubeClient, "list">,
  kinds: readonly ServedKind[],
  seen: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<UnsentKinds> {
  try {
    const registration = await findGateRegistration(client, signal);
    if (registration === undefined) return { findings: [], unlisted: [] };
    const { group, version, kind } = webhookConfigurations;
    const object = { apiVersion: `${group}/${version}`, kind, name: registration.name };
    const unsent = kinds.filter((one) => seen.has(toKindKey(one.group, one.kind)) && !registration.asksAbout(one));
    const findings = unsent.map((one): AuditFinding => ({
      object,
      result: "warn",
      code: "KIND_NOT_SENT",
      message: `no rule sends ${toKindKey(one.group, one.resource)} to the gate, and there are such objects`,
      remedy: auditCodes.KIND_NOT_SENT.remedy,
    }));
    return { findings, unlisted: [] };
  } catch (cause) {
    return { findings: [], unlisted: [explainUnlisted(webhookConfigurations, cause)] };
  }
}
