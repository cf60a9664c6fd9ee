import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { issue, makeCa } from "../support/certificates.ts";
import { component, describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { orasPush } from "../support/oras.ts";

const artifact = {
  repository: "models/tiny",
  tag: "v1",
  artifactType: "application/vnd.example.evaluation.v1",
  annotations: { "com.example.accuracy": "0.93", "com.example.note": "two words = fine" },
  files: { "results.json": { mediaType: "application/json", content: '{"accuracy":0.93}\n' } },
};

function sha256(bytes: ArrayBuffer): string {
  return `sha256:${createHash("sha256").update(new Uint8Array(bytes)).digest("hex")}`;
}

describe("a machine without components", () => {
  const { PATH, XDG_CACHE_HOME } = process.env;
  afterEach(() => {
    Object.assign(process.env, { PATH, XDG_CACHE_HOME });
    if (XDG_CACHE_HOME === undefined) delete process.env["XDG_CACHE_HOME"];
  });

  test.each(["docker-registry", "oras"] as const)("%s is missing, with a way to get it", (name) => {
    Object.assign(process.env, { PATH: "/nowhere", XDG_CACHE_HOME: "/nowhere" });
    expect(component(name)).toEqual({ missing: expect.stringMatching(new RegExp(`^${name} is missing: apt install`)) });
  });
});

describeWith(["docker-registry", "oras"], "a real registry and a real oras", () => {
  let registry: DockerRegistry;
  let digest: string;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    digest = await orasPush(registry, artifact);
  });
  afterAll(async () => {
    await registry.stop();
  });

  test("the manifest by digest is the bytes that hash to it", async () => {
    const response = await fetch(`${registry.url}/v2/models/tiny/manifests/${digest}`, {
      headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    const bytes = await response.arrayBuffer();
    expect(sha256(bytes)).toBe(digest);
    expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({
      artifactType: artifact.artifactType,
      annotations: artifact.annotations,
      layers: [{ mediaType: "application/json", annotations: { "org.opencontainers.image.title": "results.json" } }],
    });
  });

  test("the tag leads to the same digest", async () => {
    const response = await fetch(`${registry.url}/v2/models/tiny/manifests/v1`, {
      method: "HEAD",
      headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    expect(response.headers.get("docker-content-digest")).toBe(digest);
  });

  test("two registries at once are two registries", async () => {
    const other = await startDockerRegistry();
    try {
      expect(other.host).not.toBe(registry.host);
      const response = await fetch(`${other.url}/v2/models/tiny/manifests/${digest}`);
      expect(response.status).toBe(404);
    } finally {
      await other.stop();
    }
  });

  test("a stopped registry is gone", async () => {
    const other = await startDockerRegistry();
    await other.stop();
    await other.stop();
    await expect(fetch(`${other.url}/v2/`)).rejects.toThrow("fetch failed");
  });
});

describeWith(["docker-registry", "oras"], "a registry with a password", () => {
  const user = "robot";
  const password = "correct horse: battery";
  let registry: DockerRegistry;

  beforeAll(async () => {
    registry = await startDockerRegistry({ htpasswd: { user, password } });
  });
  afterAll(async () => {
    await registry.stop();
  });

  test.each([
    ["no credentials", undefined, 401],
    ["the wrong password", `${user}:guess`, 401],
    ["the right password", `${user}:${password}`, 200],
  ])("%s", async (_name, credentials, status) => {
    const authorization = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
    const response = await fetch(`${registry.url}/v2/`, { headers: authorization ? { authorization } : {} });
    expect(response.status).toBe(status);
  });

  test("oras pushes with the password and not without", async () => {
    await expect(orasPush(registry, artifact, { user, password })).resolves.toMatch(/^sha256:/);
    await expect(orasPush(registry, artifact)).rejects.toThrow(/unauthorized|credential/);
  });
});

describeWith(["docker-registry", "oras"], "a registry with TLS", () => {
  test("who trusts the authority may push, who does not may not", async () => {
    const ca = await makeCa();
    const registry = await startDockerRegistry({ tls: await issue(ca, { ip: ["127.0.0.1"] }) });
    try {
      expect(registry.url).toMatch(/^https:/);
      await expect(orasPush(registry, artifact, { ca: ca.cert })).resolves.toMatch(/^sha256:/);
      await expect(orasPush(registry, artifact)).rejects.toThrow(/certificate/);
    } finally {
      await registry.stop();
    }
  });
});
