import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { toGoBuildName } from "../../scripts/components/go-module.ts";
import { getComponentsFolder } from "../../scripts/components/locate.ts";
import { debianRootName, nodeRootPackages } from "../../scripts/components/node-root.ts";
import { withLock } from "../../scripts/components/lock.ts";
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

describe("finding a component", () => {
  const { PATH, XDG_CACHE_HOME, KUBEBUILDER_ASSETS } = process.env;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "assaygate-components-"));
    delete process.env["KUBEBUILDER_ASSETS"];
    Object.assign(process.env, { PATH: join(folder, "nowhere"), XDG_CACHE_HOME: join(folder, "nowhere") });
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries({ PATH, XDG_CACHE_HOME, KUBEBUILDER_ASSETS })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(folder, { recursive: true, force: true });
  });

  async function program(path: string): Promise<string> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "#!/bin/sh\n", { mode: 0o755 });
    return path;
  }

  test.each(["docker-registry", "oras"] as const)("%s is missing, with a way to get it", (name) => {
    expect(component(name)).toEqual({ missing: expect.stringMatching(new RegExp(`^${name} is missing: apt install`)) });
  });

  test.each(["etcd", "kube-apiserver", "kubectl"] as const)("%s is missing: Go or envtest bring it", (name) => {
    const ways = /: install Go 1\.25 or later .* KUBEBUILDER_ASSETS .* "setup-envtest use 1\.35\.x -p path"/;
    expect(component(name)).toEqual({ missing: expect.stringMatching(ways) });
  });

  test.each(["helm", "kube-controller-manager"] as const)("%s is missing: Go brings it, envtest does not", (name) => {
    process.env["KUBEBUILDER_ASSETS"] = folder;
    expect(component(name)).toEqual({ missing: expect.stringContaining("install Go 1.25 or later") });
  });

  test("distribution is missing, and Go brings it", () => {
    expect(component("distribution")).toEqual({ missing: expect.stringContaining("install Go 1.26 or later") });
  });

  test.each(["kubelet", "containerd", "cni-bridge"] as const)("%s is missing: Go brings it, on Linux", (name) => {
    expect(component(name)).toEqual({ missing: expect.stringContaining("on Linux, install Go 1.25 or later") });
  });

  test("a root folder made of other packages does not count", async () => {
    process.env["XDG_CACHE_HOME"] = folder;
    expect(component("node-root")).toHaveProperty("missing");
    await program(join(getComponentsFolder(), debianRootName("node-root", ["busybox-static"]), "usr/bin/busybox"));
    expect(component("node-root")).toHaveProperty("missing");
    const root = debianRootName("node-root", nodeRootPackages);
    const shell = await program(join(getComponentsFolder(), root, "usr/bin/busybox"));
    expect(component("node-root")).toEqual({ path: shell });
  });

  test("each go.mod has a build of its own", async () => {
    process.env["XDG_CACHE_HOME"] = folder;
    expect(toGoBuildName("distribution")).toMatch(/^distribution-v3\.\d+\.\d+-[0-9a-f]{12}$/);
    await program(join(getComponentsFolder(), toGoBuildName("kubernetes"), "registry"));
    expect(component("distribution")).toHaveProperty("missing");
    const built = await program(join(getComponentsFolder(), toGoBuildName("distribution"), "registry"));
    expect(component("distribution")).toEqual({ path: built });
  });

  test("KUBEBUILDER_ASSETS goes before what was built", async () => {
    process.env["XDG_CACHE_HOME"] = folder;
    const built = await program(join(getComponentsFolder(), toGoBuildName("kubernetes"), "etcd"));
    expect(component("etcd")).toEqual({ path: built });
    process.env["KUBEBUILDER_ASSETS"] = join(folder, "envtest");
    const own = await program(join(folder, "envtest", "etcd"));
    expect(component("etcd")).toEqual({ path: own });
    expect(component("kube-apiserver")).toHaveProperty("missing");
  });

  test("what another go.mod built does not count", async () => {
    process.env["XDG_CACHE_HOME"] = folder;
    await program(join(getComponentsFolder(), `${toGoBuildName("kubernetes")}0`, "etcd"));
    expect(component("etcd")).toHaveProperty("missing");
  });
});

describe("a lock", () => {
  test("is free again after the work, also when that fails, and outlives no process", async () => {
    const folder = await mkdtemp(join(tmpdir(), "assaygate-lock-"));
    try {
      const file = join(folder, "lock");
      expect(() =>
        withLock(file, () => {
          throw new Error("no luck");
        }),
      ).toThrow("no luck");
      const gone = spawnSync(process.execPath, ["--eval", ""]).pid;
      await writeFile(file, String(gone));
      let held = "";
      withLock(file, () => {
        held = readFileSync(file, "utf8");
      });
      expect(held).toBe(String(process.pid));
      expect(existsSync(file)).toBe(false);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe.each(["docker-registry", "distribution"] as const)("%s", (name) => {
  describeWith([name, "oras"], "with a real oras", () => {
    let registry: DockerRegistry;
    let digest: string;

    beforeAll(async () => {
      registry = await startDockerRegistry({ component: name });
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

    test("neither has a list of referrers", async () => {
      const response = await fetch(`${registry.url}/v2/models/tiny/referrers/${digest}`);
      expect(response.status).toBe(404);
    });

    test("two registries at once are two registries", async () => {
      const other = await startDockerRegistry({ component: name });
      try {
        expect(other.host).not.toBe(registry.host);
        const response = await fetch(`${other.url}/v2/models/tiny/manifests/${digest}`);
        expect(response.status).toBe(404);
      } finally {
        await other.stop();
      }
    });

    test("a stopped registry is gone", async () => {
      const other = await startDockerRegistry({ component: name });
      await other.stop();
      await other.stop();
      await expect(fetch(`${other.url}/v2/`)).rejects.toThrow("fetch failed");
    });
  });
});

describe.each(["docker-registry", "distribution"] as const)("%s with a password", (name) => {
  describeWith([name, "oras"], "and a real oras", () => {
    const user = "robot";
    const password = "correct horse: battery";
    let registry: DockerRegistry;

    beforeAll(async () => {
      registry = await startDockerRegistry({ component: name, htpasswd: { user, password } });
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
