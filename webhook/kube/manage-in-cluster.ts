import { hostname } from "node:os";
import { KubeConfig } from "@kubernetes/client-node";
import type { Logger } from "pino";
import { dayMs, hourMs } from "../../certs/issue.ts";
import type { PlanSettings, Step } from "../../certs/plan.ts";
import { serviceNames } from "../../certs/service-names.ts";
import { codeOf } from "../../evidence/error-code.ts";
import { ConfigError } from "../load-config.ts";
import type { ServingCertificate } from "../serving-certificate.ts";
import type { SelfManagedConfig } from "../tls-config.ts";
import { certificateStoreIn } from "./certificate-store.ts";
import { describeFailure } from "./failure.ts";
import { contend, newIdentity } from "./leader.ts";
import { leaseIn } from "./lease.ts";
import { manageCertificates, type SelfManagedCertificates } from "./self-managed.ts";

/** Self-managed certificates of a gate in its cluster, with an election of their own. Throws ConfigError where no cluster is named. */
export function manageInCluster(
  config: SelfManagedConfig,
  certificate: ServingCertificate,
  log: Logger,
  environment: NodeJS.ProcessEnv,
): Pick<SelfManagedCertificates, "problems" | "stop"> {
  const { namespace, secret, service, webhookConfigurations, lease, intervalMs } = config;
  const kubeConfig = connect(config.kubeconfig, environment);
  let managed: SelfManagedCertificates | undefined;
  let electionProblem: string | undefined;
  const leadership = contend({
    lease: leaseIn(kubeConfig, namespace, lease),
    identity: newIdentity(hostname()),
    elected(term) {
      electionProblem = undefined;
      log.info({ lease: `${namespace}/${lease}` }, "elected to look after the certificates");
      term.addEventListener("abort", () => log.info("no longer elected to look after the certificates"));
      managed?.wake();
    },
    failed(cause) {
      const problem = `Lease ${namespace}/${lease}: ${describeFailure(cause)}`;
      if (problem !== electionProblem) log.warn({ problem }, "election failed; it is tried again");
      electionProblem = problem;
    },
  });
  managed = manageCertificates({
    store: certificateStoreIn(kubeConfig, namespace, secret),
    secret: `${namespace}/${secret}`,
    webhookConfigurations,
    names: { dns: serviceNames(service, namespace), ip: [] },
    authorityValidMs: config.authorityValidDays * dayMs,
    settings: settingsOf(config),
    intervalMs,
    leading: () => leadership.leading,
    install: certificate.install,
    did: (step) => log.info({ ...describe(step) }, "certificates: step taken"),
    trouble: (problem) => log.error({ problem }, "certificates need attention"),
    nowMs: Date.now,
  });
  const { problems, stop } = managed;
  return {
    problems: () => [...problems(), ...(electionProblem === undefined ? [] : [electionProblem])],
    async stop() {
      await stop();
      await leadership.stop();
    },
  };
}

/** Clocks of API servers may differ by an hour; for certificates that live shorter (in tests), by a tenth of that. */
function settingsOf({ validDays, renewBeforeDays, settleMs }: SelfManagedConfig): PlanSettings {
  const validMs = validDays * dayMs;
  return { validMs, renewBeforeMs: renewBeforeDays * dayMs, settleMs, skewMs: Math.min(hourMs, validMs / 10) };
}

function connect(file: string | undefined, environment: NodeJS.ProcessEnv): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined) {
    if (environment["KUBERNETES_SERVICE_HOST"] === undefined)
      throw new ConfigError(
        "tls.selfManaged: this is no pod in a cluster; name a kubeconfig in tls.selfManaged.kubeconfig",
      );
    config.loadFromCluster();
    return config;
  }
  try {
    config.loadFromFile(file);
  } catch (cause) {
    // What the parser says quotes the file, which holds credentials.
    throw new ConfigError(`${file}: cannot be read as a kubeconfig (${codeOf(cause) ?? "not its format"})`, { cause });
  }
  if (config.getCurrentCluster() === null) throw new ConfigError(`${file}: its current-context leads to no cluster`);
  return config;
}

function describe(step: Step): Readonly<Record<string, unknown>> {
  switch (step.do) {
    case "make-authority":
      return { step: step.do, why: step.why, previous: step.keep.length };
    case "publish":
      return { step: step.do, webhookConfiguration: step.configuration, authorities: step.trust.length };
    case "issue-serving":
      return { step: step.do, why: step.why };
    case "forget-previous":
    case "wait":
      return { step: step.do };
  }
}
