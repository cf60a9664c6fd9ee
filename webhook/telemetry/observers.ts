import type { Logger } from "pino";
import { showProblem } from "../../config/load-config.ts";
import type { SilenceObserver } from "../../registry/remote/silence.ts";
import type { AuditObserver } from "../audit/continuous-audit.ts";
import type { CertificateObserver } from "../certificates/serving-certificate.ts";
import type { EventObserver } from "../events/raise-events.ts";
import type { PolicySetObserver } from "../policy-set/policy-set.ts";
import type { Metrics } from "./metrics.ts";

/** Logs and counts registries that give no answers. */
export function observeSilence(metrics: Metrics, log: Logger): SilenceObserver {
  return {
    changed(host, silent) {
      metrics.registrySilent(host, silent);
      if (silent) log.warn({ host }, "a registry does not answer; it is not asked again for some seconds");
      else log.info({ host }, "a registry answers again");
    },
    answeredFromMemory: metrics.registryNotAsked,
  };
}

/** Logs and counts policy sets, those that are refused too. */
export function observePolicySet(metrics: Metrics, log: Logger): PolicySetObserver {
  return {
    loaded(set) {
      metrics.policiesLoaded(set);
      log.info({ policySet: set.digest, policies: set.policies.map(({ name }) => name) }, "policies loaded");
    },
    failed(problems) {
      metrics.policiesFailed();
      log.error({ problems: problems.map(showProblem) }, "policies refused; the last good set stays in force");
    },
  };
}

/** Logs and counts serving certificates, those that are refused too. */
export function observeCertificate(metrics: Metrics, log: Logger): CertificateObserver {
  return {
    installed({ fingerprint, notAfterMs }) {
      metrics.certificateInstalled(notAfterMs);
      log.info({ fingerprint, notAfter: new Date(notAfterMs).toISOString() }, "serving certificate in force");
    },
    refused(problem) {
      metrics.certificateRefused();
      log.error({ problem }, "serving certificate refused; the last good one stays in force");
    },
  };
}

/** Counts Events, and logs once why they cannot be written, until one can. */
export function observeEvents(metrics: Metrics, log: Logger): EventObserver {
  let reported: string | undefined;
  return {
    counted: metrics.eventCounted,
    written() {
      if (reported !== undefined) log.info("Events can be written again");
      reported = undefined;
    },
    failed(problem) {
      if (reported === undefined) log.warn({ reason: problem }, "Events cannot be written; reviews go on without");
      reported = problem;
    },
  };
}

/** Counts audits and what they could not do, and logs each problem once, until an audit is without any. */
export function observeAudit(metrics: Metrics, log: Logger): AuditObserver {
  let problems = new Set<string>();
  let known = new Set<string>();
  return {
    finished(summary, durationMs) {
      metrics.auditFinished(summary, durationMs);
      const { objects, findings } = summary;
      log.info({ objects, findings, durationMs: Math.round(durationMs) }, "audit finished");
      known = problems;
      problems = new Set();
    },
    reported: metrics.auditReported,
    failed(stage, problem) {
      metrics.auditFailed(stage);
      if (!known.has(problem) && !problems.has(problem))
        log.warn({ stage, reason: problem }, "audit: not everything could be done");
      problems.add(problem);
    },
    ended: metrics.auditEnded,
  };
}
