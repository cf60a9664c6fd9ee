import { isIP } from "node:net";
import { resolve } from "node:path";
import { readBundle } from "../../certs/bundle.ts";
import { dayMs, hourMs, type ServingNames } from "../../certs/issue.ts";
import { replaceAuthority, type PlanSettings, type Step } from "../../certs/plan.ts";
import { applyToStored, readStored, storedKeys, type Content } from "../../certs/stored.ts";
import { decodeContent, mayWrite, withContent } from "../../webhook/certificates/certificate-secret.ts";
import type { Command } from "../command.ts";
import { CliError, UsageError } from "../failure.ts";
import { outputOption, parseFormat, printAs } from "../format.ts";
import { exit, type Io } from "../io.ts";
import { parseOptions } from "../options.ts";
import { shortenPath } from "../paths.ts";
import { parseDuration } from "../values.ts";
import { kubeconfigOption } from "../kubeconfig.ts";
import { parseSecret, withStore } from "./cluster.ts";
import { listNames } from "./facts.ts";
import { bundleName, readFolder, writeFolder } from "./folder.ts";

const options = {
  authority: { type: "boolean", help: "replace the authority; the serving certificate stays until the next run" },
  secret: {
    type: "string",
    value: "NAMESPACE/NAME",
    help: "the Secret of a gate with tls.selfManaged, instead of DIR",
  },
  kubeconfig: kubeconfigOption,
  "valid-for": { type: "string", value: "DURATION", help: "the serving certificate's time; default 365d" },
  "authority-valid-for": { type: "string", value: "DURATION", help: "the authority's; default 3650d" },
  output: outputOption,
} as const;

interface Rotated {
  readonly done: readonly Step["do"][];
  /** What a person has to do now; empty when nothing. */
  readonly next: string;
}

/** A new serving certificate, or a new authority beside the old one. */
export const rotate: Command = {
  name: "rotate",
  summary: "Renews a serving certificate, or replaces its authority",
  operands: "[DIR]",
  options,
  details: `In a folder of \`certs make\`, a new authority takes three steps, so that the API server trusts the gate at every moment:
  assaygate certs rotate DIR --authority      a new authority beside the old one
  assaygate certs inject --webhook NAME --ca DIR/${bundleName}
  assaygate certs rotate DIR                  then a serving certificate of the new one; give it to the gate
A later run, when the last certificate of the old authority has expired, forgets it; then inject again.

With --secret the replicas of the gate do all but the first step by themselves. It always replaces the authority:
  assaygate certs rotate --secret assaygate-system/assaygate-tls`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.output);
    const times = {
      validMs: parseDuration("--valid-for", values["valid-for"] ?? "365d"),
      authorityValidMs: parseDuration("--authority-valid-for", values["authority-valid-for"] ?? "3650d"),
    };
    if (times.authorityValidMs < 2 * times.validMs)
      throw new UsageError("--authority-valid-for: expected at least twice --valid-for");
    const [folder, ...more] = positionals;
    if ((folder === undefined) === (values.secret === undefined) || more.length > 0)
      throw new UsageError("certs rotate takes one folder, or --secret");
    const say = (rotated: Rotated): void =>
      printAs(format, io, rotated, () => [
        ...rotated.done.map((step) => words[step]),
        ...(rotated.next === "" ? [] : [rotated.next]),
      ]);
    if (folder !== undefined) {
      say(await rotateFolder(resolve(io.cwd, folder), values.authority === true, times, io));
      return exit.ok;
    }
    const wanted = parseSecret(values.secret ?? "");
    return withStore(values.kubeconfig, wanted, io, async (store) => {
      const signal = AbortSignal.timeout(30_000);
      const { secret } = await store.readSecret(signal);
      const label = `${wanted.namespace}/${wanted.name}`;
      const before = secret === undefined ? {} : decodeContent(secret);
      if (secret === undefined || !mayWrite(secret) || Object.keys(before).length === 0)
        throw new CliError(`Secret ${label} is not one that a gate with tls.selfManaged keeps`);
      const content = await take(replacement(before, times, io), before, times, io);
      await store.writeSecret(withContent(content, secret), signal);
      say({ done: ["make-authority"], next: "the gate publishes it, waits, and replaces its serving certificate" });
      return exit.ok;
    });
  },
};

const words: Readonly<Record<Step["do"], string>> = {
  "make-authority": "made a new authority beside the old one",
  "issue-serving": "issued a new serving certificate",
  "forget-previous": "forgot the previous authority",
  publish: "",
  wait: "",
};

interface Times {
  readonly validMs: number;
  readonly authorityValidMs: number;
}

async function rotateFolder(folder: string, authority: boolean, times: Times, io: Io): Promise<Rotated> {
  const shown = shortenPath(folder, io);
  const before = readFolder(folder);
  const { facts, problems } = readStored(before, { dns: [], ip: [] });
  if (facts.authority === undefined || facts.leaf === undefined)
    throw new CliError(`${shown}: ${[...problems, "authority or serving certificate is missing"][0]}`);
  const underWay = facts.leaf.signedBy !== facts.authority.id;
  if (authority) {
    if (underWay)
      throw new CliError(
        `${shown}: a new authority is there already: inject ${bundleName}, then rotate without --authority`,
      );
    writeFolder(folder, await take(replacement(before, times, io), before, times, io));
    return { done: ["make-authority"], next: `now: assaygate certs inject --webhook NAME --ca ${shown}/${bundleName}` };
  }
  if (!(facts.authority.notAfterMs - io.now().getTime() > times.validMs))
    throw new CliError(`${shown}: the authority ends before a new certificate would: rotate with --authority`);
  const steps: Step[] = [{ do: "issue-serving", why: "asked for" }];
  if (!underWay && facts.previous.length > 0 && io.now().getTime() > facts.previousUntilMs)
    steps.push({ do: "forget-previous" });
  let content = before;
  for (const step of steps) content = await take(step, content, times, io);
  writeFolder(folder, content);
  const inject = steps.length > 1 ? `, and inject ${shown}/${bundleName}` : "";
  return { done: steps.map((step) => step.do), next: `now: give tls.crt and tls.key to the gate${inject}` };
}

function replacement(content: Content, times: Times, io: Io): Step {
  const { facts } = readStored(content, { dns: [], ip: [] });
  const settings: PlanSettings = { ...times, renewBeforeMs: dayMs, settleMs: 0, skewMs: hourMs };
  return replaceAuthority(io.now().getTime(), facts, { configurations: [] }, settings, "asked for");
}

function take(step: Step, content: Content, times: Times, io: Io): Promise<Content> {
  return applyToStored(step, content, [], { now: io.now(), names: readNames(content), ...times });
}

/** The names of the present serving certificate: they stay. */
function readNames(content: Content): ServingNames {
  const [entry] = readBundle(content[storedKeys.serving] ?? "").entries;
  const names = entry === undefined ? [] : listNames(entry);
  return { dns: names.filter((name) => isIP(name) === 0), ip: names.filter((name) => isIP(name) !== 0) };
}
