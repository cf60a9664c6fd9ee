import { joinBundle } from "../../certs/bundle.ts";
import { plan, type Step } from "../../certs/plan.ts";
import { applyToStored, type Content, type StoredCertificates } from "../../certs/stored.ts";
import { describeFailure, hasStatus } from "../cluster/kube-error.ts";
import { withContent, type SecretObject } from "./certificate-secret.ts";
import { limitCall, type SelfManagedOptions } from "./self-managed-options.ts";
import type { TrustClock } from "./trust-clock.ts";
import { readPublishedCertificates, type ConfigurationObject } from "./webhook-configuration.ts";

/** What the leader read before it writes. */
export interface Situation {
  readonly configurations: readonly ConfigurationObject[];
  /** Undefined where there is none. */
  readonly secret: SecretObject | undefined;
  readonly content: Content;
  readonly stored: StoredCertificates;
  readonly now: Date;
}

/**
 * The leader's part: does what the plan says. True where it, or somebody else, wrote, so that there may be more to do at once.
 * What cannot be written becomes one of the `problems`.
 */
export async function carryOutPlan(
  options: SelfManagedOptions,
  situation: Situation,
  trustClock: TrustClock,
  signal: AbortSignal,
  problems: string[],
): Promise<boolean> {
  const { facts } = situation.stored;
  const configurations = situation.configurations.map(readPublishedCertificates);
  const trustedForMs = trustClock.measureMs(facts.authority?.id, configurations);
  let wrote = false;
  for (const step of plan(situation.now.getTime(), facts, { configurations, trustedForMs }, options.settings)) {
    if (!options.leading()) return false;
    if (step.do === "wait") continue;
    try {
      await (step.do === "publish"
        ? publish(options, situation, step, limitCall(signal))
        : rewriteSecret(options, situation, step, signal));
      wrote = true;
      options.onStep(step);
    } catch (cause) {
      // Somebody else was quicker: what they wrote is read in the next round.
      if (hasStatus(cause, 409)) return true;
      problems.push(`${nameTarget(step, options.secret)} cannot be written: ${describeFailure(cause)}`);
    }
  }
  return wrote;
}

async function publish(
  { store }: SelfManagedOptions,
  { configurations, stored }: Situation,
  { configuration: name, trust }: Step & { readonly do: "publish" },
  signal: AbortSignal,
): Promise<void> {
  const configuration = configurations.find(({ metadata }) => metadata?.name === name);
  const pems = trust.flatMap((id) => stored.trusted.find((entry) => entry.id === id)?.pem ?? []);
  if (configuration !== undefined) await store.publish(configuration, joinBundle(pems), signal);
}

async function rewriteSecret(
  { store, names, authorityValidMs, settings }: SelfManagedOptions,
  { configurations, secret, content, now }: Situation,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const known = configurations.flatMap((one) => readPublishedCertificates(one).entries);
  const times = { now, names, authorityValidMs, validMs: settings.validMs };
  const next = await applyToStored(step, content, known, times);
  await store.writeSecret(withContent(next, secret), limitCall(signal));
}

function nameTarget(step: Step, secret: string): string {
  return step.do === "publish" ? `ValidatingWebhookConfiguration ${step.configuration}` : `Secret ${secret}`;
}
