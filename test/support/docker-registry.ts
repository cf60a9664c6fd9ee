import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { stringify } from "yaml";
import { requirePath as componentPath } from "../../scripts/components/locate.ts";
import { leash } from "./leash.ts";

export interface DockerRegistryOptions {
  /** Which one: Debian's docker-registry 2.8, the default, or distribution v3, its successor. Both read one configuration. */
  readonly component?: "docker-registry" | "distribution";
  /** PEM texts. The certificate must hold for the address 127.0.0.1. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The one user who may read and write. Without it everybody may. */
  readonly htpasswd?: { readonly user: string; readonly password: string };
}

export interface DockerRegistry {
  /** `127.0.0.1:port`, as it stands in a reference. */
  readonly host: string;
  /** With the scheme and without a slash at the end. */
  readonly url: string;
  /** The folder in which it keeps what was pushed, for those who change that behind its back. */
  readonly storage: string;
  /** Kills the registry, waits until it is gone, and removes what was pushed. */
  stop(): Promise<void>;
}

/** Nothing of the user's own. Version 3 would send traces to a collector otherwise. */
const environment = { PATH: process.env["PATH"], OTEL_TRACES_EXPORTER: "none" };

/** Long for a busy machine; the registry is usually up in a fifth of a second. */
const startMs = 60_000;

/** Starts a registry on a free loopback port with an empty storage, and waits until it answers. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const { component = "docker-registry" } = options;
  const folder = await mkdtemp(join(tmpdir(), "assaygate-registry-"));
  const config = join(folder, "config.yaml");
  await writeFile(config, stringify(await configuration(folder, options)));
  const registry = leash(componentPath(component), ["serve", config], environment);
  const stop = async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    registry.stdout.resume();
    const host = await listeningAddress(component, registry.stderr);
    const url = `${options.tls ? "https" : "http"}://${host}`;
    await answer(component, `${url}/v2/`);
    return { host, url, storage: join(folder, "storage"), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function configuration(folder: string, { tls, htpasswd }: DockerRegistryOptions): Promise<object> {
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  return {
    version: 0.1,
    log: { level: "info", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "storage") }, delete: { enabled: true } },
    http: {
      addr: "127.0.0.1:0",
      secret: "of no worth: one instance, gone with the test",
      ...(tls && { tls: { certificate: await file("cert.pem", tls.cert), key: await file("key.pem", tls.key) } }),
    },
    ...(htpasswd && {
      auth: {
        htpasswd: { realm: "tests", path: await file("htpasswd", `${htpasswd.user}:${bcrypt(htpasswd.password)}`) },
      },
    }),
  };
}

/** The registry takes bcrypt only. Perl belongs to every Debian, and its `crypt` is the C library's. */
function bcrypt(password: string): string {
  const salt = "$2b$04$assaygate.tests.only..";
  const hash = execFileSync("perl", ["-e", "print crypt($ARGV[0], $ARGV[1])", password, salt], { encoding: "utf8" });
  if (!hash.startsWith("$2b$")) throw new Error("perl's crypt makes no bcrypt hashes on this machine");
  return hash;
}

/** The registry picks the port and logs it; the log keeps being read afterwards, so that its pipe never fills. */
async function listeningAddress(name: string, log: Readable): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  log.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-10_000);
    const address = /listening on (127\.0\.0\.1:\d+)/.exec(text)?.[1];
    if (address !== undefined) resolve(address);
  });
  log.once("close", () => reject(new Error(`${name} ended at once:\n${text}`)));
  const timer = setTimeout(() => reject(new Error(`${name} does not start:\n${text}`)), startMs);
  return promise.finally(() => clearTimeout(timer));
}

/** Any status will do: 401 is an answer too. */
async function answer(name: string, url: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const get = url.startsWith("https:") ? getHttps : getHttp;
  get(url, { agent: false, rejectUnauthorized: false, timeout: startMs }, (response) => {
    response.resume().once("end", resolve);
  })
    .once("timeout", () => reject(new Error(`${name} does not answer at ${url}`)))
    .once("error", reject);
  await promise;
}
