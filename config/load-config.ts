import { dirname, resolve } from "node:path";
import { deepFreeze } from "../runtime/deep-freeze.ts";
import { readTextFile } from "../runtime/read-text-file.ts";
import type { Complaint } from "../policies/language/complain.ts";
import { listComplaints } from "../policies/language/complain.ts";
import { readDocuments, type Problem } from "../policies/language/document.ts";
import { listDelegatingControllers } from "../workload/kinds/judged-owner.ts";
import { builtinKinds } from "../workload/kinds/builtin-kinds.ts";
import { mergeKinds } from "../workload/kinds/kinds.ts";
import { configSchema, type Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";

/** For whom a configuration is read. `client`: for a command that reads or writes artifacts and takes no policies from it. */
export type ConfigReader = "gate" | "client";

/** Reads, validates and freezes the configuration. Paths in it are taken from the folder that the file lies in. */
export function loadConfig(file: string, reader: ConfigReader = "gate"): Config {
  const text = readTextFile(file, (message, cause) => new ConfigError(message, { cause }));
  const [document, ...more] = readDocuments({ path: file, text });
  if (Array.isArray(document)) throw new ConfigError(document.map(showProblem).join("\n"));
  if (more.length > 0) throw new ConfigError(`${file}: expected one YAML document, found ${more.length + 1}`);
  const parsed = configSchema.safeParse(document?.value ?? {});
  const complaints = parsed.success ? complaintsAbout(parsed.data, reader) : listComplaints(configSchema, parsed.error);
  if (parsed.success && complaints.length === 0) return deepFreeze(resolvePaths(parsed.data, dirname(resolve(file))));
  const problems = complaints.map(
    ({ path, message }) =>
      document?.locateProblem(path, message) ?? { file, line: 1, column: 1, field: path.join("."), message },
  );
  throw new ConfigError(problems.map(showProblem).join("\n"));
}

/** What no schema says: where the policies are, paths that are none, and controllers whose children nobody would judge. */
function complaintsAbout(config: Config, reader: ConfigReader): Complaint[] {
  const ofGate = reader === "gate" ? [...complaintsAboutPolicies(config), ...complaintsAboutAudit(config)] : [];
  return [...ofGate, ...complaintsAboutKinds(config)];
}

function complaintsAboutAudit({ audit, cluster }: Config): Complaint[] {
  if (audit === undefined || cluster !== undefined) return [];
  return [{ path: ["audit"], message: "needs a cluster to look at: set cluster, with {} for the gate's own" }];
}

function complaintsAboutPolicies({ policies, cluster }: Config): Complaint[] {
  if (policies.directory !== undefined || cluster?.policies === true) return [];
  const message = "is missing: nothing says where the policies are; give a folder here, or set cluster.policies";
  return [{ path: ["policies", "directory"], message }];
}

function complaintsAboutKinds({ kinds, controllers }: Config): Complaint[] {
  try {
    const table = mergeKinds(builtinKinds, kinds);
    return listDelegatingControllers(controllers, table).map((controller) => ({
      path: ["controllers", controllers.indexOf(controller), "owner"],
      message: `the gate does not read ${controller.owner}, so nobody would judge its children: add it to kinds, or remove the controller`,
    }));
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    return [{ path: ["kinds"], message: cause.message }];
  }
}

/** `file:line:column: field: message`, as compilers print it; `Kind/name: field: message` for an object of a cluster. */
export function showProblem({ file, line, column, field, message }: Problem): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return `${place}: ${field === "" ? "" : `${field}: `}${message}`;
}

function resolvePaths(config: Config, base: string): Config {
  const from = (path: string): string => resolve(base, path);
  const ifGiven = (path: string | undefined): string | undefined => path && from(path);
  const { tls, policies, layout, registries, credentials, cluster, signatures, proxy } = config;
  return {
    ...config,
    signatures: {
      ...signatures,
      trustedRoot: ifGiven(signatures.trustedRoot),
      keysDirectory: ifGiven(signatures.keysDirectory),
      trustStoresDirectory: ifGiven(signatures.trustStoresDirectory),
    },
    ...(tls && {
      tls: {
        ...tls,
        certFile: ifGiven(tls.certFile),
        keyFile: ifGiven(tls.keyFile),
        clientCaFile: ifGiven(tls.clientCaFile),
        selfManaged: tls.selfManaged && { ...tls.selfManaged, kubeconfig: ifGiven(tls.selfManaged.kubeconfig) },
      },
    }),
    policies: { ...policies, directory: ifGiven(policies.directory) },
    cluster: cluster && { ...cluster, kubeconfig: ifGiven(cluster.kubeconfig) },
    layout: ifGiven(layout),
    caFile: ifGiven(config.caFile),
    proxy: proxy && { ...proxy, credentialsFile: ifGiven(proxy.credentialsFile) },
    registries: registries.map((registry) => ({
      ...resolveServer(registry, ifGiven),
      layout: ifGiven(registry.layout),
      mirror: registry.mirror && resolveServer(registry.mirror, ifGiven),
    })),
    credentials: { ...credentials, dockerConfigFile: ifGiven(credentials.dockerConfigFile) },
  };
}

type FilesOfServer = { readonly caFile?: string | undefined; readonly proxyCredentialsFile?: string | undefined };

function resolveServer<T extends FilesOfServer>(
  server: T,
  ifGiven: (path: string | undefined) => string | undefined,
): T {
  return { ...server, caFile: ifGiven(server.caFile), proxyCredentialsFile: ifGiven(server.proxyCredentialsFile) };
}
