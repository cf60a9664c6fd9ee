import { resolve } from "node:path";
import { joinBundle, readBundle } from "../../certs/bundle.ts";
import type { CertificateStore } from "../../webhook/certificates/certificate-store.ts";
import type { Command } from "../command.ts";
import { CliError, UsageError } from "../failure.ts";
import { outputOption, parseFormat, printAs } from "../format.ts";
import { exit } from "../io.ts";
import { parseOptions } from "../options.ts";
import { kubeconfigOption } from "../kubeconfig.ts";
import { withStore } from "./cluster.ts";
import { readText } from "./folder.ts";

const options = {
  webhook: { type: "string", multiple: true, value: "NAME", help: "a ValidatingWebhookConfiguration" },
  ca: { type: "string", value: "FILE", help: "PEM file of the authorities to trust" },
  kubeconfig: kubeconfigOption,
  output: outputOption,
} as const;

interface Injected {
  readonly webhookConfiguration: string;
  readonly webhooks: number;
  readonly changed: boolean;
}

/** The caBundle of webhook configurations. */
export const inject: Command = {
  name: "inject",
  summary: "Sets the caBundle of webhook configurations",
  operands: "",
  options,
  details: `Sets it in all webhooks of each configuration, and changes nothing else. What somebody else writes at the same moment is
not overwritten: then it says so, and can be run again.

Example:
  assaygate certs inject --webhook assaygate --ca certificates/ca-bundle.crt`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const { webhook: names = [], ca } = values;
    const format = parseFormat(values.output);
    if (positionals[0] !== undefined) throw new UsageError(`certs inject takes no operand, found ${positionals[0]}`);
    if (names.length === 0) throw new UsageError("--webhook is missing: the name of a ValidatingWebhookConfiguration");
    if (ca === undefined) throw new UsageError("--ca is missing: the file of the authorities to trust");
    const bundle = readAuthorities(resolve(io.cwd, ca));
    return withStore(values.kubeconfig, { namespace: "none", name: "none" }, io, async (store) => {
      const done: Injected[] = [];
      for (const name of names) done.push(await injectInto(store, name, bundle));
      printAs(format, io, done, () =>
        done.map(({ webhookConfiguration, webhooks, changed }) =>
          changed
            ? `${webhookConfiguration}: caBundle set in ${webhooks} webhooks`
            : `${webhookConfiguration}: unchanged, all ${webhooks} webhooks had it`,
        ),
      );
      return exit.ok;
    });
  },
};

async function injectInto(store: CertificateStore, name: string, bundle: string): Promise<Injected> {
  const signal = AbortSignal.timeout(30_000);
  const configuration = await store.readConfiguration(name, signal);
  if (configuration === undefined) throw new CliError(`there is no ValidatingWebhookConfiguration ${name}`);
  const webhooks = configuration.webhooks ?? [];
  const wanted = Buffer.from(bundle).toString("base64");
  const changed = webhooks.some(({ clientConfig }) => clientConfig.caBundle !== wanted);
  if (changed) await store.publish(configuration, bundle, signal);
  return { webhookConfiguration: name, webhooks: webhooks.length, changed };
}

function readAuthorities(file: string): string {
  const { entries, damaged } = readBundle(readText(file));
  if (damaged || entries.length === 0) throw new CliError(`${file}: is not a PEM file of certificates`);
  if (entries.some(({ isAuthority }) => !isAuthority))
    throw new CliError(`${file}: holds a certificate that does not belong to an authority`);
  return joinBundle(entries.map(({ pem }) => pem));
}
