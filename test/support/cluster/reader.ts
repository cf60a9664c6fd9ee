import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { parse } from "yaml";
import * as z from "zod";

/** A Kubernetes object, as much as tests read of every one. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Of a ConfigMap or a Secret. */
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Where objects are read, and by whom. */
export interface ReaderAddress {
  readonly url: string;
  /** PEM of the authority that signed the API server's certificate. */
  readonly ca: string;
  /** File with the admin's credentials (group system:masters). */
  readonly kubeconfig: string;
}

/**
 * Reads objects from the API server itself. Tests ask again and again until something has come about, and kubectl takes a tenth
 * of a second of processor time for each start.
 */
export interface ClusterReader {
  /** One object; undefined where there is none. Such as `get("deployment/granite", "prod")`. */
  get(resource: string, namespace?: string): Promise<KubernetesObject | undefined>;
  /** Objects of a kind, in a namespace or in all; `labels` and `fields` select as kubectl's options do. */
  list(resource: string, namespace?: string, labels?: string, fields?: string): Promise<readonly KubernetesObject[]>;
}

export function createReader(address: ReaderAddress): ClusterReader {
  const known = new Map<string, Kind>();
  const ask = createAsker(address);
  const findKind = async (name: string): Promise<Kind> => {
    const kind = known.get(name) ?? (await listKinds(ask)).find((each) => each.names.includes(name));
    if (kind === undefined) throw new Error(`the server does not have a resource type "${name}"`);
    known.set(name, kind);
    return kind;
  };
  return {
    async get(resource, namespace = "default") {
      const [type = "", name = ""] = resource.split("/");
      const kind = await findKind(type);
      const answer = await ask(`${placeOf(kind, namespace)}/${encodeURIComponent(name)}`);
      return answer.status === 404 ? undefined : (bodyOf(answer) as KubernetesObject);
    },
    async list(resource, namespace, labels = "", fields = "") {
      const kind = await findKind(resource);
      const query = new URLSearchParams({ labelSelector: labels, fieldSelector: fields });
      const { apiVersion, items } = objectList.parse(
        bodyOf(await ask(`${placeOf(kind, namespace)}?${query.toString()}`)),
      );
      // In a list of built-in objects only the list says what they are.
      return items.map((item) => ({ apiVersion, kind: kind.kind, ...item }) as unknown as KubernetesObject);
    },
  };
}

const objectList = z.object({ apiVersion: z.string(), items: z.array(z.looseObject({})) });

interface Kind {
  readonly kind: string;
  /** All that kubectl would take for it. */
  readonly names: readonly string[];
  /** Such as `/apis/apps/v1`. */
  readonly path: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
}

function placeOf({ path, plural, isNamespaced }: Kind, namespace: string | undefined): string {
  return isNamespaced && namespace !== undefined
    ? `${path}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${path}/${plural}`;
}

/** https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
const discovery = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string().default("") }),
      versions: z.array(
        z.object({
          version: z.string(),
          resources: z.array(
            z.object({
              resource: z.string(),
              singularResource: z.string().optional(),
              shortNames: z.array(z.string()).default([]),
              scope: z.string(),
              responseKind: z.object({ kind: z.string() }).nullish(),
            }),
          ),
        }),
      ),
    }),
  ),
});
const discoveryType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** In the order in which kubectl takes the first that fits. */
async function listKinds(ask: Asker): Promise<readonly Kind[]> {
  const answers = await Promise.all(["/api", "/apis"].map((path) => ask(path, discoveryType)));
  const groups = answers.flatMap((answer) => discovery.parse(bodyOf(answer)).items);
  return groups.flatMap(({ metadata: { name: group }, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map(({ resource, singularResource = "", shortNames, scope, responseKind }) => ({
        kind: responseKind?.kind ?? "",
        names: [resource, singularResource, ...shortNames].flatMap((name) => [name, `${name}.${group}`]),
        path: group === "" ? `/api/${version}` : `/apis/${group}/${version}`,
        plural: resource,
        isNamespaced: scope === "Namespaced",
      })),
    ),
  );
}

interface Answer {
  readonly path: string;
  readonly status: number;
  readonly body: string;
}

type Asker = (path: string, accept?: string) => Promise<Answer>;

function bodyOf({ path, status, body }: Answer): unknown {
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
  return JSON.parse(body) as unknown;
}

const timeoutMs = 60_000;
const admin = z.object({
  users: z.tuple([
    z.object({ user: z.object({ "client-certificate-data": z.string(), "client-key-data": z.string() }) }),
  ]),
});

/** Asks over connections that stay open, since making one costs both ends more than the answer. */
function createAsker({ url, ca, kubeconfig }: ReaderAddress): Asker {
  let agent: Agent | undefined;
  const connect = async (): Promise<Agent> => {
    const [{ user }] = admin.parse(parse(await readFile(kubeconfig, "utf8"))).users;
    const [cert, key] = [user["client-certificate-data"], user["client-key-data"]].map((data) =>
      Buffer.from(data, "base64"),
    );
    return new Agent({ keepAlive: true, ca, cert, key });
  };
  const send = async (path: string, accept: string): Promise<Answer> => {
    agent ??= await connect();
    const options = { agent, headers: { accept }, signal: AbortSignal.timeout(timeoutMs) };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, url), options, (response) => {
        text(response).then((body) => resolve({ path, status: response.statusCode ?? 0, body }), reject);
      });
      // A server that was restarted has closed what was open.
      sent.on("error", (error) => (sent.reusedSocket ? resolve(send(path, accept)) : reject(error))).end();
    });
  };
  return (path, accept = "application/json") => send(path, accept);
}
