import { joinBundle, type BundleEntry } from "../../certs/bundle.ts";
import type { ServingNames } from "../../certs/issue.ts";
import { plan, type PlanSettings, type Step } from "../../certs/plan.ts";
import { contentAfter, readPublished, readStored, type Content, type Stored } from "../../certs/stored.ts";
import type { CertificatePair } from "./serving-certificate.ts";
import { contentOf, mayWrite, secretWith } from "./certificate-secret.ts";
import type { CertificateStore } from "./certificate-store.ts";
import { describeFailure, statusOf } from "../cluster/failure.ts";
import type { ConfigurationObject, SecretObject } from "../cluster/objects.ts";
import { pause } from "../../runtime/pause.ts";

/** Serving certificates that the replicas make themselves: all read the Secret, the leader writes it and publishes. */
export interface SelfManagedCertificates {
  /** What keeps it from its work, one line each; empty when all is well. */
  problems(): readonly string[];
  /** Looks soon, instead of when it would have. */
  wake(): void;
  stop(): Promise<void>;
}

export interface SelfManagedParts {
  readonly store: CertificateStore;
  /** For messages: `namespace/name`. */
  readonly secret: string;
  readonly webhookConfigurations: readonly string[];
  readonly names: ServingNames;
  readonly authorityValidMs: number;
  readonly settings: PlanSettings;
  /** How often to look. */
  readonly intervalMs: number;
  leading(): boolean;
  /** Puts a pair in force; throws where it cannot be used. */
  install(pair: CertificatePair): void;
  /** Something was done. No secrets. */
  did(step: Step): void;
  /** A problem that was not there before. */
  trouble(problem: string): void;
  /** Milliseconds since 1970, by this machine's clock. */
  nowMs(): number;
}

/** One call to the API server may take this long. */
const callTimeoutMs = 10_000;
/** The longest chain is: lost authority made, its serving certificate issued, previous ones forgotten. */
const maxWritesInARow = 4;
/** What NTP keeps by orders of magnitude. */
const toleratedSkewMs = 300_000;

/** Looks at once, and then every `intervalMs`, until it is stopped. Never throws. */
export function manageCertificates(parts: SelfManagedParts): SelfManagedCertificates {
  const leaving = new AbortController();
  const pass = createPass(parts);
  let problems: readonly string[] = [];
  let waking = new AbortController();
  const look = async (): Promise<void> => {
    const found = await pass(leaving.signal);
    if (leaving.signal.aborted) return;
    for (const problem of found) if (!problems.includes(problem)) parts.trouble(problem);
    problems = found;
  };
  const run = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      waking = new AbortController();
      await look();
      await pause(parts.intervalMs, AbortSignal.any([leaving.signal, waking.signal]));
    }
  };
  const running = run();
  return {
    problems: () => problems,
    wake: () => waking.abort(),
    async stop() {
      leaving.abort();
      await running;
    },
  };
}

/** One look at everything, and what follows from it; gives what is wrong. Exported for tests that choose the moments. */
export function createPass(parts: SelfManagedParts): (signal: AbortSignal) => Promise<readonly string[]> {
  const { store, secret: secretName, names } = parts;
  let installed: string | undefined;
  let trusted: { readonly authority: string; readonly sinceMs: number } | undefined;

  /** Every replica: what is stored is what is presented. */
  const install = ({ serving }: Stored): readonly string[] => {
    if (serving === undefined) return [];
    const offered = serving.cert + serving.key;
    if (offered === installed) return [];
    try {
      parts.install(serving);
      installed = offered;
      return [];
    } catch (cause) {
      return [`Secret ${secretName}: ${describeFailure(cause)}`];
    }
  };

  const readConfigurations = async (signal: AbortSignal): Promise<Configurations> => {
    const found = await Promise.all(
      parts.webhookConfigurations.map((name) => store.readConfiguration(name, limited(signal))),
    );
    return found.filter((configuration) => configuration !== undefined);
  };

  /** For how long all configurations have been seen to trust the stored authority, by a clock that nobody sets. */
  const trustedForMs = (authority: string | undefined, published: readonly Published[]): number => {
    const everywhere = published.every(({ bundles }) =>
      bundles.every(({ authorities }) => authorities.some(({ id }) => id === authority)),
    );
    if (authority === undefined || !everywhere) trusted = undefined;
    else if (trusted?.authority !== authority) trusted = { authority, sinceMs: performance.now() };
    return trusted === undefined ? 0 : performance.now() - trusted.sinceMs;
  };

  /** The leader's part. True where it wrote, so that there may be more to do at once. */
  const work = async (
    configurations: Configurations,
    read: { readonly secret: SecretObject | undefined; readonly content: Content; readonly stored: Stored },
    now: Date,
    signal: AbortSignal,
    problems: string[],
  ): Promise<boolean> => {
    const published = configurations.map(publishedOf);
    const id = read.stored.facts.authority?.id;
    const facts = { configurations: published, trustedForMs: trustedForMs(id, published) };
    const known = published.flatMap(({ bundles }) => bundles.flatMap(({ entries }) => entries));
    let wrote = false;
    for (const step of plan(now.getTime(), read.stored.facts, facts, parts.settings)) {
      if (!parts.leading()) return false;
      if (step.do === "wait") continue;
      try {
        if (step.do === "publish") {
          const configuration = configurations.find(({ metadata }) => metadata?.name === step.configuration);
          const pems = step.trust.flatMap(
            (wanted) => read.stored.trusted.find((entry) => entry.id === wanted)?.pem ?? [],
          );
          if (configuration !== undefined) await store.publish(configuration, joinBundle(pems), limited(signal));
        } else {
          const content = await contentAfter(step, read.content, known, {
            now,
            names,
            authorityValidMs: parts.authorityValidMs,
            validMs: parts.settings.validMs,
          });
          await store.writeSecret(secretWith(content, read.secret), limited(signal));
        }
        wrote = true;
        parts.did(step);
      } catch (cause) {
        // Somebody else was quicker: what they wrote is read in the next round.
        if (statusOf(cause) === 409) return true;
        problems.push(`${targetOf(step, secretName)} cannot be written: ${describeFailure(cause)}`);
      }
    }
    return wrote;
  };

  /** One round; true where another should follow at once. */
  const round = async (signal: AbortSignal, problems: string[]): Promise<boolean> => {
    const leading = parts.leading();
    // Before the Secret: a patch is refused where the configuration was written since, so what is published can never be
    // older than what the last writer knew.
    const configurations = leading ? await readConfigurations(signal) : [];
    if (!leading) trusted = undefined;
    const { secret, serverTime } = await store.readSecret(limited(signal));
    problems.push(...skewBetween(parts.nowMs(), serverTime));
    const content = secret === undefined ? {} : contentOf(secret);
    const stored = readStored(content, names);
    problems.push(...stored.problems.map((problem) => `Secret ${secretName}: ${problem}`));
    problems.push(...install(stored));
    if (!mayWrite(secret)) {
      problems.push(
        `Secret ${secretName} was not made by the gate and is left alone: name another in tls.selfManaged.secret, delete it, or mount it and name its files in tls.certFile and tls.keyFile`,
      );
      return false;
    }
    if (!leading) return false;
    return work(configurations, { secret, content, stored }, serverTime ?? new Date(parts.nowMs()), signal, problems);
  };

  return async (signal) => {
    let problems: string[] = [];
    try {
      for (let writes = 0; writes <= maxWritesInARow; writes += 1) {
        problems = [];
        if (!(await round(signal, problems))) break;
      }
    } catch (cause) {
      problems.push(`certificates in Secret ${secretName} cannot be looked after: ${describeFailure(cause)}`);
    }
    return problems;
  };
}

type Configurations = readonly ConfigurationObject[];

interface Published {
  readonly name: string;
  readonly bundles: readonly (ReturnType<typeof readPublished> & { readonly entries: readonly BundleEntry[] })[];
}

function publishedOf({ metadata, webhooks = [] }: ConfigurationObject): Published {
  const bundles = webhooks.map(({ clientConfig }) =>
    readPublished(Buffer.from(clientConfig.caBundle ?? "", "base64").toString("utf8")),
  );
  return { name: metadata?.name ?? "", bundles };
}

function targetOf(step: Step, secretName: string): string {
  return step.do === "publish" ? `ValidatingWebhookConfiguration ${step.configuration}` : `Secret ${secretName}`;
}

function skewBetween(localMs: number, server: Date | undefined): readonly string[] {
  const skewMs = server === undefined ? 0 : localMs - server.getTime();
  if (Math.abs(skewMs) <= toleratedSkewMs) return [];
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  return [
    `this machine's clock is ${minutes} minutes ${skewMs > 0 ? "ahead of" : "behind"} the API server's: set one of them right`,
  ];
}

function limited(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]);
}
