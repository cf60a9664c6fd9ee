import { showProblem } from "../../config/load-config.ts";
import type { ServingCertificate } from "../certificates/serving-certificate.ts";
import type { CertificateSource } from "../certificates/source.ts";
import type { EvidenceServices } from "./evidence.ts";
import type { PolicyServices } from "./policies.ts";
import type { GateState } from "./state.ts";

/** Why no review can be answered now, one line each. */
export function listNotReady(
  { isDraining }: GateState,
  { set, cluster }: PolicyServices,
  certificate: ServingCertificate,
): string[] {
  return [
    isDraining ? "shutting down" : undefined,
    cluster?.notReady(),
    set.current() === undefined ? "no policy set has been loaded yet" : undefined,
    certificate.notReady(),
  ].filter((reason) => reason !== undefined);
}

/** What is wrong and keeps no review from being answered, one line each. */
export function listDetails(
  { config: { noMatch } }: GateState,
  { trust }: EvidenceServices,
  { set, cluster, status }: PolicyServices,
  certificate: ServingCertificate,
  sources: readonly CertificateSource[],
): string[] {
  const certificates = [...certificate.problems(), ...sources.flatMap((one) => one.problems())];
  const trusted = trust.problem();
  return [
    ...(set.current()?.policies.length === 0 ? [`no policy is in force: noMatch (${noMatch}) decides`] : []),
    ...set.problems().map((problem) => `policy problem: ${showProblem(problem)}`),
    ...(trusted === undefined ? [] : [trusted]),
    ...(cluster?.details() ?? []),
    ...(status?.details() ?? []),
    ...certificates.map((problem) => `certificate problem: ${problem}`),
  ];
}
