import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { readBundle } from "../../certs/bundle.ts";
import { readStored, storedKeys, type Content } from "../../certs/stored.ts";
import { decodeContent } from "../../webhook/certificates/certificate-secret.ts";
import type { Command } from "../command.ts";
import { CliError, UsageError } from "../failure.ts";
import { outputOption, parseFormat, printAs, type Format } from "../format.ts";
import { exit, type ExitCode, type Io } from "../io.ts";
import { parseOptions } from "../options.ts";
import { kubeconfigOption } from "../kubeconfig.ts";
import { parseSecret, withStore } from "./cluster.ts";
import { toLine, toText, type CertificateLine } from "./facts.ts";
import { readFolder, readText } from "./folder.ts";

const options = {
  secret: { type: "string", value: "NAMESPACE/NAME", help: "a Secret with certificates" },
  webhook: { type: "string", multiple: true, value: "NAME", help: "a ValidatingWebhookConfiguration: its caBundles" },
  kubeconfig: kubeconfigOption,
  output: outputOption,
} as const;

interface Shown {
  readonly certificates: readonly CertificateLine[];
  readonly problems: readonly string[];
}

/** What certificates there are, and until when. */
export const show: Command = {
  name: "show",
  summary: "Shows certificates and until when they are valid",
  operands: "[FILE|DIR]...",
  options,
  details: `Reads PEM files, folders as \`certs make\` makes them, a Secret and the caBundles of webhook configurations. Private keys are
never printed. Exit code 1 when one of the certificates is not valid now, or a pair does not belong together.

Example:
  assaygate certs show --secret assaygate-system/assaygate-tls --webhook assaygate`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const { secret, webhook = [], kubeconfig } = values;
    const format = parseFormat(values.output);
    if (positionals.length === 0 && secret === undefined && webhook.length === 0)
      throw new UsageError("certs show needs a file, a folder, --secret or --webhook");
    const local = merge(positionals.map((path) => showPath(path, io)));
    if (secret === undefined && webhook.length === 0) return report(local, format, io);
    const wanted = secret === undefined ? undefined : parseSecret(secret);
    return withStore(kubeconfig, wanted ?? { namespace: "none", name: "none" }, io, async (store) => {
      const signal = AbortSignal.timeout(30_000);
      const found: Shown[] = [local];
      if (wanted !== undefined) {
        const { secret: object } = await store.readSecret(signal);
        if (object === undefined) throw new CliError(`there is no Secret ${wanted.namespace}/${wanted.name}`);
        found.push(showContent(`${wanted.namespace}/${wanted.name}`, decodeContent(object), io));
      }
      for (const name of webhook) {
        const configuration = await store.readConfiguration(name, signal);
        if (configuration === undefined) throw new CliError(`there is no ValidatingWebhookConfiguration ${name}`);
        for (const { name: hook, clientConfig } of configuration.webhooks ?? [])
          found.push(showText(`${name}/${hook}`, Buffer.from(clientConfig.caBundle ?? "", "base64").toString(), io));
      }
      return report(merge(found), format, io);
    });
  },
};

function report({ certificates, problems }: Shown, format: Format, io: Io): ExitCode {
  printAs(format, io, { certificates, problems }, () => [...certificates.map(toText), ...problems]);
  return problems.length === 0 && certificates.every(({ state }) => state === "valid") ? exit.ok : exit.rejected;
}

function showPath(path: string, io: Io): Shown {
  const file = resolve(io.cwd, path);
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? showContent(path, readFolder(file), io) : showText(path, readText(file), io);
}

function showContent(source: string, content: Content, io: Io): Shown {
  const { problems } = readStored(content, { dns: [], ip: [] });
  const texts = [storedKeys.authority, storedKeys.previous, storedKeys.serving].filter((name) => content[name]);
  const shown = merge(texts.map((name) => showText(join(source, name), content[name] ?? "", io)));
  return { ...shown, problems: problems.map((problem) => `${source}: ${problem}`) };
}

function showText(source: string, text: string, io: Io): Shown {
  const { entries, damaged } = readBundle(text);
  const problems = damaged || entries.length === 0 ? [`${source}: holds no certificate, or a damaged one`] : [];
  return { certificates: entries.map((entry) => toLine(source, entry, io.now())), problems };
}

function merge(shown: readonly Shown[]): Shown {
  return {
    certificates: shown.flatMap(({ certificates }) => certificates),
    problems: shown.flatMap(({ problems }) => problems),
  };
}
