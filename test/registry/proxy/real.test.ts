import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { createHttpSource, type HttpSource } from "../../../registry/remote/http-source.ts";
import { createDockerConfigCredentials } from "../../../registry/remote/authorization/docker-credentials.ts";
import { parseReference } from "../../../workload/references/evidence-reference.ts";
import { parseDigest } from "../../../policies/digest.ts";
import { jobResults } from "../../support/artifacts.ts";
import { issue, makeCa } from "../../support/certificates.ts";
import { componentPath, describeWith } from "../../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { orasPush } from "../../support/oras.ts";
import { patient, read } from "../remote/reading.ts";
import { loginFor, path, startProxy, user, type TestProxy } from "./proxy.ts";

const evalhub = join(import.meta.dirname, "..", "..", "support", "evalhub-push.py");

let registry: DockerRegistry;
let proxy: TestProxy;
let ca: string;

/** A registry with TLS and a login by HTTP's Basic scheme, and a proxy in front of it. */
async function start(): Promise<void> {
  const authority = await makeCa();
  ca = authority.cert;
  registry = await startDockerRegistry({ tls: await issue(authority, { ip: ["127.0.0.1"] }), htpasswd: user });
  proxy = await startProxy(registry, { ca });
}

async function stop(): Promise<void> {
  await proxy?.[Symbol.asyncDispose]();
  await registry?.stop();
}

/** Reads the registry itself, past the proxy. */
function signedIn(): HttpSource {
  return createHttpSource({
    registries: [{ host: registry.host, ca }],
    credentials: createDockerConfigCredentials(loginFor(registry.host)),
  });
}

function raise(what: string): never {
  throw new Error(`not a digest: ${what}`);
}

describeWith(["docker-registry", "oras"], "oras, without credentials, through the proxy", () => {
  jest.setTimeout(60_000);
  beforeAll(start);
  afterAll(stop);

  it("pushes what is then in the registry, by chunk and by manifest", async () => {
    const layer = randomBytes(24 * 1024 * 1024);
    const front = { host: proxy.host, url: `http://${proxy.host}` };
    const files = { "layer.bin": { mediaType: "application/octet-stream", content: layer } };
    const pushed = await orasPush(front, {
      repository: path,
      tag: "v1",
      artifactType: "application/vnd.example",
      files,
    });
    const name = `${registry.host}/${path}`;
    await using source = signedIn();
    const body = await source.manifest(name, parseDigest(pushed) ?? raise(pushed), patient);
    const manifest = JSON.parse((await read(body)).toString()) as { layers: { digest: string }[] };
    const stored = await source.blob(name, parseDigest(manifest.layers[0]?.digest ?? "") ?? raise("no layer"), patient);
    expect((await read(stored)).equals(layer)).toBe(true);
    expect(proxy.lines).toContain("PUT upload 201");
  });

  it("pulls what is there", async () => {
    const accept = "application/vnd.oci.image.manifest.v1+json";
    const { status, headers } = await proxy.ask("HEAD", `/v2/${path}/manifests/v1`, { accept });
    expect({ status, digest: headers["docker-content-digest"] }).toEqual({
      status: 200,
      digest: expect.stringMatching(/^sha256:/),
    });
    const tags = await proxy.ask("GET", `/v2/${path}/tags/list`);
    expect(JSON.parse(tags.body)).toEqual({ name: path, tags: ["v1"] });
  });

  it("is refused where it pushes to another repository", async () => {
    const front = { host: proxy.host, url: `http://${proxy.host}` };
    const files = { n: { mediaType: "text/plain", content: "x" } };
    await expect(orasPush(front, { repository: "team/other", files })).rejects.toThrow("403");
    expect(proxy.lines.at(-1)).toContain(`this proxy is for the repository ${registry.host}/${path} alone`);
  });
});

describeWith(["docker-registry", "eval-hub-sdk"], "the real EvalHub SDK through the proxy", () => {
  jest.setTimeout(60_000);
  beforeAll(start);
  afterAll(stop);

  it("pushes to a registry that it could not sign in to, and prints the registry's own name", async () => {
    const results = jobResults({ completed_at: new Date().toISOString() });
    const args = [evalhub, registry.host, path, JSON.stringify(results), "{}", proxy.host];
    const { stdout } = await promisify(execFile)(componentPath("eval-hub-sdk"), args, { timeout: 60_000 });
    const reference = parseReference(stdout.trim());
    if (reference.kind !== "full") throw new Error(`not a reference: ${stdout}`);
    expect(reference.repository).toBe(`${registry.host}/${path}`);
    await using source = signedIn();
    const body = await source.manifest(reference.repository, reference.digest, patient);
    expect(body.mediaType).toBe("application/vnd.oci.image.manifest.v1+json");
    body.cancel();
  });
});
