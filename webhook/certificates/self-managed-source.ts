import type { KubeConfig } from "@kubernetes/client-node";
import type { Logger } from "pino";
import { dayMs, hourMs } from "../../certs/issue.ts";
import type { Step } from "../../certs/plan.ts";
import { listServiceNames } from "../../certs/service-names.ts";
import { ConfigError } from "../../config/config-error.ts";
import type { ServingCertificate } from "./serving-certificate.ts";
import type { SelfManagedConfig } from "../../config/tls-config.ts";
import { createCertificateStore } from "./certificate-store.ts";
import { createKubeClient } from "../cluster/client.ts";
import { runLeaderTask } from "../cluster/leader-election/leader-task.ts";
import { readKubeconfig } from "../cluster/kubeconfig.ts";
import { KubeError } from "../cluster/kube-error.ts";
import { createLeaseApi } from "../cluster/leader-election/lease.ts";
import { manageCertificates, type SelfManagedCertificates } from "./self-managed.ts";
import type { SelfManagedOptions } from "./self-managed-options.ts";
import type { CertificateSource } from "./source.ts";

/**
 * Installs the certificate that the replicas keep in their cluster, as soon as it is there. They elect the one that makes and
 * publishes it. Rejects with ConfigError where no cluster is named.
 */
export async function startSelfManagedSource(
  config: SelfManagedConfig,
  certificate: ServingCertificate,
  log: Logger,
  environment: NodeJS.ProcessEnv,
): Promise<CertificateSource> {
  const { namespace, secret, lease } = config;
  const connect = (): Promise<KubeConfig> =>
    readKubeconfig(config.kubeconfig, environment, "tls.selfManaged.kubeconfig");
  await complainAbout(connect);
  const client = createKubeClient(connect);
  let managed: SelfManagedCertificates | undefined;
  const task = runLeaderTask({
    lease: createLeaseApi(client, namespace, lease),
    name: `${namespace}/${lease}`,
    task: "look after the certificates",
    log,
    elected: () => managed?.wake(),
  });
  managed = manageCertificates({
    ...toSettings(config),
    store: createCertificateStore(client, namespace, secret),
    leading: task.leading,
    install: certificate.install,
    onStep: (step) => log.info({ ...describe(step) }, "certificates: step taken"),
    onProblem: (problem) => log.error({ problem }, "certificates need attention"),
    nowMs: Date.now,
  });
  const { problems, stop } = managed;
  return {
    ca: undefined,
    problems: () => [...problems(), ...[task.problem()].filter((one) => one !== undefined)],
    async stop() {
      await stop();
      await task.stop();
      client.close();
    },
  };
}

type Settings = Omit<SelfManagedOptions, "store" | "leading" | "install" | "onStep" | "onProblem" | "nowMs">;

function toSettings(config: SelfManagedConfig): Settings {
  const { namespace, secret, service, webhookConfigurations, settleMs, intervalMs } = config;
  const validMs = config.validDays * dayMs;
  const renewBeforeMs = config.renewBeforeDays * dayMs;
  // Clocks of API servers may differ by an hour; for certificates that live shorter (in tests), by a tenth of that.
  const skewMs = Math.min(hourMs, validMs / 10);
  return {
    secret: `${namespace}/${secret}`,
    webhookConfigurations,
    names: { dns: listServiceNames(service, namespace), ip: [] },
    authorityValidMs: config.authorityValidDays * dayMs,
    settings: { validMs, renewBeforeMs, settleMs, skewMs },
    intervalMs,
  };
}

/** Where a certificate is to come from is known before the gate starts: a mistake in it ends the start. */
async function complainAbout(connect: () => Promise<KubeConfig>): Promise<void> {
  try {
    await connect();
  } catch (cause) {
    if (cause instanceof KubeError) throw new ConfigError(`tls.selfManaged: ${cause.message}`, { cause });
    throw cause;
  }
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
