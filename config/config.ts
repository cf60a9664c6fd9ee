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
  url: z.string().optional().describe("Its address, if it differs: scheme, host and port. Default: https://<host>."),
  mirror: z
    .strictObject({
      url: z.string().describe("Scheme, host and port, and a path prefix if it has one."),
      plainHttp: z.boolean().default(false).describe("Speak plain HTTP with the mirror."),
      caFile: path
        .optional()
        .describe("PEM file of certificate authorities to trust for the mirror, besides the system's."),
      ...ownProxy,
    })
    .optional()
    .describe(
      "A pull-through mirror that is asked first for everything named by digest. It never sees the registry's own credentials.",
    ),
  plainHttp: z
    .boolean()
    .default(false)
    .describe("Speak plain HTTP with this registry. Never for one that is not on this machine or in this cluster."),
  caFile: path
    .optional()
    .describe("PEM file of certificate authorities to trust for this registry, besides the system's."),
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
  .describe("Address to bind. `::` is every address, IPv6 and IPv4; on a machine without IPv6, every IPv4 address.");
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
  tls: tls.optional().describe("Without it the gate makes its own certificate at each start, only for trying it out."),
  policies: z
    .strictObject({
      directory: path
        .optional()
        .describe(
          "Folder of policy and exception files (*.yaml, *.yml, *.json; no subfolders). Required unless `cluster.policies`.",
        ),
      reloadMs: ms.default(5_000).describe("How often the folder is checked for changes."),
    })
    .prefault({})
    .describe("Where policies are read from files."),
  cluster: cluster
    .optional()
    .describe(
      "What the gate reads from the Kubernetes API. Without it, no policies, namespaces, claims or ConfigMaps.",
    ),
  audit: audit
    .optional()
    .describe(
      "Audit what runs, at intervals and from one replica: docs/operations.md. Off without it. Needs `cluster`, and the right to list workloads.",
    ),
  guard: guard
    .prefault({})
    .describe("Who may change the namespace labels that the gate relies on, enforced at POST /guard."),
  layout: path.optional().describe("An OCI image layout folder that answers for every registry, with no network."),
  registries: z
    .array(registry)
    .default([])
    .describe("Registries that need more than https, the system's authorities and the Docker config."),
  caFile: path
    .optional()
    .describe(
      "PEM file of certificate authorities to trust for every registry, mirror and proxy, besides the system's.",
    ),
  proxy: proxy
    .optional()
    .describe(
      "Proxies between the gate and registries. Without it the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY count; with it they are ignored. Never used for the API server.",
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
      reloadMs: ms.default(5_000).describe("How often these files are checked for changes."),
    })
    .prefault({})
    .describe(
      "Keys, roots and trust stores for verifying signatures on evidence, besides the keys in policies. The gate fetches none of them.",
    ),
  explainUrl: explainUrl
    .optional()
    .describe(
      "A page about reasons that denials name beside `assaygate explain`, such as https://wiki.example.com/assaygate#{reason}.",
    ),
  noMatch: z.enum(["Admit", "Deny"]).default("Admit").describe("What happens to a workload that no policy covers."),
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
        .describe("How many. Five API servers send at most 1,000 at once by default."),
      maxBytes: z
        .int()
        .min(1024)
        .default(32 * 1024 * 1024)
        .describe("The total size of their bodies. One body alone is always read."),
    })
    .prefault({})
    .describe(
      "Limits on reviews at one time. Further ones are refused at once with HTTP 503, and the API server tries again.",
    ),
  drainMs: z
    .int()
    .min(0)
    .default(5_000)
    .describe(
      "How long the gate takes new reviews after SIGTERM, when it is already unready. Reviews under way are then finished.",
    ),
  cache: z
    .strictObject({
      positiveTtlMs: ms.default(600_000).describe("How long verified evidence is kept."),
      absentTtlMs: ms.default(5_000).describe("How long a definite not-found is kept. Errors are never kept."),
      listTtlMs: ms
        .default(30_000)
        .describe(
          "How long lists of revocations and of a model's referrers are kept. The gate notices a revocation, or a newer evaluation, within this time.",
        ),
      maxEntries: z.int().min(1).default(10_000).describe("How many artifacts are kept."),
      maxBytes: z
        .int()
        .min(1024)
        .default(64 * 1024 * 1024)
        .describe("How much memory they may take, roughly."),
      fetchTimeoutMs: ms.default(8_000).describe("The deadline of one fetch, shared by all reviews that wait for it."),
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
    .describe("Labels of namespaces, for a gate that does not read the cluster. The first matching entry counts."),
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
          .describe("Fields of those pod specs that hold a single container, such as mainContainer."),
        models: z
          .array(z.string())
          .default([])
          .describe("Paths to strings that name a model: a hub id or a URI, such as spec.model.storageUri."),
      }),
    )
    .default([])
    .describe("Further kinds that hold pods or models."),
  controllers: z
    .array(
      z.strictObject({
        username: z.string().min(1).describe("Authenticated user name of its service account."),
        owner: z.string().min(1).describe("Kind.group of the owner it acts for."),
      }),
    )
    .default([])
    .describe("Further controllers whose children are admitted unjudged because their parents were judged."),
  accelerators: accelerators.prefault({}).describe("Meanings of further extended resources and runtime classes."),
  deviceClasses: z
    .array(deviceClass)
    .default([])
    .describe("Hardware classes of devices that claims and extended resources ask for, if no selector states them."),
  records: z
    .strictObject({
      policies: z
        .enum(["Digest", "Whole"])
        .default("Digest")
        .describe(
          "Whether a record holds the policies and the exception of its decision by digest, or whole. Whole ones can be replayed without the old policy files.",
        ),
    })
    .prefault({})
    .describe("Decision records."),
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error"])
        .default("info")
        .describe("The lowest level that is logged; decision records are info."),
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
