import * as z from "zod";
import { compileGlob } from "../policies/language/glob.ts";
import { audit } from "./audit-config.ts";
import { cluster, guard } from "./cluster-config.ts";
import { accelerators, deviceClass } from "./hardware-config.ts";
import { explainUrl, ownProxy, proxy } from "./network-config.ts";
import { tls } from "./tls-config.ts";

const path = z.string().min(1);
const port = z.int().min(0).max(65535);
const ms = z.int().min(1);

const registry = z.strictObject({
  host: z.string().min(1).describe("The registry as references spell it: host[:port]."),
  url: z
    .string()
    .optional()
    .describe("Where it really is, when that differs: scheme, host and port. Default: https://<host>."),
  mirror: z
    .strictObject({
      url: z.string().describe("Scheme, host and port, and a path prefix where it has one."),
      plainHttp: z.boolean().default(false).describe("Speak plain HTTP with the mirror."),
      caFile: path
        .optional()
        .describe("PEM file of the certificate authorities by which the mirror is trusted, besides the system's."),
      ...ownProxy,
    })
    .optional()
    .describe(
      "A pull-through mirror to ask first for what is named by its digest. It never sees the registry's own credentials.",
    ),
  plainHttp: z
    .boolean()
    .default(false)
    .describe("Speak plain HTTP with this registry. Never for one that is not on this machine or in this cluster."),
  caFile: path
    .optional()
    .describe("PEM file of the certificate authorities by which this registry is trusted, besides the system's."),
  ...ownProxy,
  layout: path.optional().describe("An OCI image layout folder that answers for this registry, with no network."),
  tokenRealms: z
    .array(z.string())
    .default([])
    .describe("Further origins where this registry may send the gate for a token, such as https://auth.example.com."),
  redirectHosts: z
    .array(z.string())
    .default([])
    .describe("Hosts that this registry may redirect to although their addresses are private."),
  connectTimeoutMs: ms.default(3_000).describe("Time to connect, TLS included."),
  requestTimeoutMs: ms
    .default(5_000)
    .describe("Time for one try: until the answer's headers, then between two pieces of its body."),
  retries: z
    .int()
    .min(0)
    .max(5)
    .default(2)
    .describe("Further tries after a server error or a rate limit, inside the fetch's deadline."),
});

const address = z
  .string()
  .default("::")
  .describe("Address to bind. `::` is every address, IPv4 too; where a machine has no IPv6, it is every IPv4 address.");
const webhookServer = z.strictObject({ host: address, port: port.default(8443).describe("Port; 0 takes a free one.") });
const metricsServer = z.strictObject({ host: address, port: port.default(9090).describe("Port; 0 takes a free one.") });
const healthServer = z.strictObject({ host: address, port: port.default(8080).describe("Port; 0 takes a free one.") });

/** The gate's configuration: every setting, its default and what it is for. docs/configuration.md is made from it. */
export const configSchema = z.strictObject({
  listen: webhookServer.prefault({}).describe("Where the webhook listens, HTTPS."),
  health: healthServer.prefault({}).describe("Where /livez, /readyz and /metrics listen, plain HTTP."),
  metrics: metricsServer
    .optional()
    .describe("A port for /metrics alone, plain HTTP. Without it /metrics is on the health port."),
  tls: tls.optional().describe("Without it the gate makes itself a certificate at each start: for trying out."),
  policies: z
    .strictObject({
      directory: path
        .optional()
        .describe(
          "Folder of policy and exception files (*.yaml, *.yml, *.json; not below it). Required unless `cluster.policies`.",
        ),
      reloadMs: ms.default(5_000).describe("How often the folder is looked at for changes."),
    })
    .prefault({})
    .describe("What is required."),
  cluster: cluster.optional().describe("What the gate reads from the Kubernetes API. Without it: nothing."),
  audit: audit
    .optional()
    .describe(
      "Look again at what runs, by one replica and gently: docs/operations.md. Without it nobody does. Needs `cluster`, and the right to list workloads.",
    ),
  guard: guard
    .prefault({})
    .describe("Who may change the namespace labels that the gate relies on: asked at POST /guard."),
  layout: path.optional().describe("An OCI image layout folder that answers for every registry, with no network."),
  registries: z
    .array(registry)
    .default([])
    .describe("Registries that need more than https, the system's authorities and the Docker config."),
  caFile: path
    .optional()
    .describe("PEM file of authorities by which every registry, mirror and proxy is trusted, besides the system's."),
  proxy: proxy
    .optional()
    .describe(
      "Proxies between the gate and registries. Without it HTTPS_PROXY, HTTP_PROXY and NO_PROXY say which; with it they are ignored. The API server is not asked through them.",
    ),
  credentials: z
    .strictObject({
      dockerConfigFile: path
        .optional()
        .describe("A Docker config.json (the .dockerconfigjson of a Secret); read again when it changes."),
      helpers: z.boolean().default(false).describe("Whether its credential helpers may be run."),
    })
    .prefault({})
    .describe("How the gate signs in to registries."),
  signatures: z
    .strictObject({
      trustedRoot: path
        .optional()
        .describe(
          "A trusted_root.json of Sigstore: certificate authorities, transparency logs, timestamp authorities.",
        ),
      keysDirectory: path.optional().describe("Folder of public keys, PEM: the files that a policy's keyRef names."),
      trustStoresDirectory: path
        .optional()
        .describe(
          "Folder of the Notary Project's trust stores, as notation keeps them: ca/NAME/*.crt and signingAuthority/NAME/*.crt.",
        ),
      reloadMs: ms.default(5_000).describe("How often these files are looked at for changes."),
    })
    .prefault({})
    .describe("What signatures on evidence are verified with, besides the policies' own words. Nothing is fetched."),
  explainUrl: explainUrl
    .optional()
    .describe(
      "A page about reasons that denials name beside `assaygate explain`, such as https://wiki.example.com/assaygate#{reason}.",
    ),
  noMatch: z.enum(["Admit", "Deny"]).default("Admit").describe("What happens to a workload that no policy is about."),
  maxExceptionDays: z
    .int()
    .min(1)
    .max(366)
    .default(30)
    .describe("How far ahead an exception may expire and still be honoured."),
  reviewTimeoutMs: z
    .int()
    .min(250)
    .max(30_000)
    .default(9_000)
    .describe("The time limit for one review; the API server's own timeout, less a second, may shorten it."),
  maxBodyBytes: z
    .int()
    .min(1024)
    .default(7 * 1024 * 1024)
    .describe("The largest request body."),
  inFlight: z
    .strictObject({
      maxReviews: z
        .int()
        .min(1)
        .default(1_024)
        .describe("How many. Five API servers send at most 1,000 at once unless they are told to send more."),
      maxBytes: z
        .int()
        .min(1024)
        .default(32 * 1024 * 1024)
        .describe("How large their bodies may be together. One body alone is always read."),
    })
    .prefault({})
    .describe("Reviews at one time. Further ones are refused at once with HTTP 503, and the API server tries again."),
  drainMs: z
    .int()
    .min(0)
    .default(5_000)
    .describe(
      "How long to take new reviews after SIGTERM while readiness already says no; those under way are then finished.",
    ),
  cache: z
    .strictObject({
      positiveTtlMs: ms.default(600_000).describe("How long verified evidence is kept."),
      absentTtlMs: ms.default(5_000).describe("How long a definite not-found is kept. Errors are never kept."),
      listTtlMs: ms
        .default(30_000)
        .describe(
          "How long it is believed that nobody has revoked an artifact, and what refers to a model. The gate hears of a revocation, and of a newer evaluation, within this time.",
        ),
      maxEntries: z.int().min(1).default(10_000).describe("How many artifacts are kept."),
      maxBytes: z
        .int()
        .min(1024)
        .default(64 * 1024 * 1024)
        .describe("How much memory they may take, roughly."),
      fetchTimeoutMs: ms.default(8_000).describe("The deadline of one fetch, which its waiters share."),
    })
    .prefault({})
    .describe("The evidence cache."),
  namespaces: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("A name; * is the only wildcard."),
        labels: z.record(z.string(), z.string()).describe("Its labels."),
      }),
    )
    .default([])
    .describe("Labels of namespaces, for a gate that cannot ask the cluster. The first entry that matches counts."),
  kinds: z
    .array(
      z.strictObject({
        group: z.string().describe("API group; empty for core."),
        kind: z.string().min(1).describe("Kind."),
        templates: z
          .array(z.string())
          .default([])
          .describe("Paths to pod templates, such as spec.template; [*] for each entry of a list or a map."),
        podSpecs: z.array(z.string()).default([]).describe("Paths to bare pod specs."),
        containers: z
          .array(z.string())
          .default([])
          .describe("Fields of those pod specs that hold one container each, such as mainContainer."),
        models: z
          .array(z.string())
          .default([])
          .describe("Paths to strings that name a model: a hub id or a URI, such as spec.model.storageUri."),
      }),
    )
    .default([])
    .describe("Further kinds that hold pods."),
  controllers: z
    .array(
      z.strictObject({
        username: z.string().min(1).describe("Authenticated user name of its service account."),
        owner: z.string().min(1).describe("Kind.group of the owner it acts for."),
      }),
    )
    .default([])
    .describe("Further controllers whose children are admitted unjudged, because their parents are judged."),
  accelerators: accelerators
    .prefault({})
    .describe("What extended resources and runtime classes are, besides those that are known."),
  deviceClasses: z
    .array(deviceClass)
    .default([])
    .describe("Hardware classes of devices that claims and extended resources ask for, where no selector tells them."),
  records: z
    .strictObject({
      policies: z
        .enum(["Digest", "Whole"])
        .default("Digest")
        .describe(
          "Whether the policies and the exception of a decision stand in its record by digest alone, or whole. Whole ones can be replayed without the policy files of the time.",
        ),
    })
    .prefault({})
    .describe("Decision records."),
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error"])
        .default("info")
        .describe("The least that is logged; decision records are info."),
    })
    .prefault({})
    .describe("Logging, as JSON lines on standard output."),
});

/** The configuration, checked, with every default. */
export type Config = z.output<typeof configSchema>;

/** One of `registries`. */
export type RegistryConfig = Config["registries"][number];

/** Labels of a namespace as configured, or undefined where nothing is. */
export function listConfiguredNamespaces({
  namespaces,
}: Pick<Config, "namespaces">): (name: string) => Readonly<Record<string, string>> | undefined {
  const entries = namespaces.map(({ name, labels }) => ({ matches: compileGlob(name), labels }));
  return (name) => entries.find(({ matches }) => matches(name))?.labels;
}
