import { readStored, type StoredCertificates } from "../../certs/stored.ts";
import { describeFailure } from "../cluster/kube-error.ts";
import { carryOutPlan } from "./carry-out.ts";
import { decodeContent, mayWrite } from "./certificate-secret.ts";
import { limitCall, type SelfManagedOptions } from "./self-managed-options.ts";
import { createTrustClock } from "./trust-clock.ts";
import type { ConfigurationObject } from "./webhook-configuration.ts";

/** The longest chain is: lost authority made, its serving certificate issued, previous ones forgotten. */
const maxWritesInARow = 4;
/** What NTP keeps by orders of magnitude. */
const toleratedSkewMs = 300_000;

/** One look at everything, and what follows from it; gives what is wrong. Never rejects. */
export type Pass = (signal: AbortSignal) => Promise<readonly string[]>;

/** What one round does; true where another should follow at once. */
type Round = (signal: AbortSignal, problems: string[]) => Promise<boolean>;

/** A pass that remembers between looks what it installed and since when its authority has been trusted. */
export function createPass(options: SelfManagedOptions): Pass {
  const runRound = createRound(options);
  return async (signal) => {
    let problems: string[] = [];
    try {
      for (let writes = 0; writes <= maxWritesInARow; writes += 1) {
        problems = [];
        if (!(await runRound(signal, problems))) break;
      }
    } catch (cause) {
      problems.push(`certificates in Secret ${options.secret} cannot be looked after: ${describeFailure(cause)}`);
    }
    return problems;
  };
}

function createRound(options: SelfManagedOptions): Round {
  const { store, names, secret: secretName, nowMs } = options;
  const trustClock = createTrustClock();
  const install = createInstaller(options);
  return async (signal, problems) => {
    const leading = options.leading();
    // Before the Secret: a patch is refused where the configuration was written since, so what is published can never be
    // older than what the last writer knew.
    const configurations = leading ? await readConfigurations(options, signal) : [];
    if (!leading) trustClock.reset();
    const { secret, serverTime } = await store.readSecret(limitCall(signal));
    const content = secret === undefined ? {} : decodeContent(secret);
    const stored = readStored(content, names);
    problems.push(
      ...describeSkew(nowMs(), serverTime),
      ...stored.problems.map((problem) => `Secret ${secretName}: ${problem}`),
      ...install(stored),
    );
    if (!mayWrite(secret)) {
      problems.push(
        `Secret ${secretName} was not made by the gate and is left alone: name another in tls.selfManaged.secret, delete it, or mount it and name its files in tls.certFile and tls.keyFile`,
      );
      return false;
    }
    if (!leading) return false;
    const situation = { configurations, secret, content, stored, now: serverTime ?? new Date(nowMs()) };
    return carryOutPlan(options, situation, trustClock, signal, problems);
  };
}

/** Every replica: what is stored is what is presented. Says what is wrong with what is stored. */
function createInstaller(options: SelfManagedOptions): (stored: StoredCertificates) => readonly string[] {
  let installed: string | undefined;
  return ({ serving }) => {
    if (serving === undefined) return [];
    const offered = serving.cert + serving.key;
    if (offered === installed) return [];
    try {
      options.install(serving);
      installed = offered;
      return [];
    } catch (cause) {
      return [`Secret ${options.secret}: ${describeFailure(cause)}`];
    }
  };
}

async function readConfigurations(
  { store, webhookConfigurations }: SelfManagedOptions,
  signal: AbortSignal,
): Promise<readonly ConfigurationObject[]> {
  const found = await Promise.all(
    webhookConfigurations.map((name) => store.readConfiguration(name, limitCall(signal))),
  );
  return found.filter((configuration) => configuration !== undefined);
}

function describeSkew(localMs: number, server: Date | undefined): readonly string[] {
  const skewMs = server === undefined ? 0 : localMs - server.getTime();
  if (Math.abs(skewMs) <= toleratedSkewMs) return [];
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  return [
    `this machine's clock is ${minutes} minutes ${skewMs > 0 ? "ahead of" : "behind"} the API server's: set one of them right`,
  ];
}
