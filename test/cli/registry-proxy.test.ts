import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { describeWith } from "../support/components.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { basicAuth } from "../support/hostile-registry/auth.ts";
import { startHostileRegistry } from "../support/hostile-registry/server.ts";
import { createProgram, type Program } from "./program.ts";
import { runProxy } from "./running-proxy.ts";

let program: Program;
beforeEach(async () => {
  program = await createProgram();
});
afterEach(() => program.remove());

const login = (host: string): unknown => ({ auths: { [host]: { auth: btoa("robot:canary-password") } } });

it("signs in for those who ask, until it is stopped", async () => {
  await using registry = await startHostileRegistry({ auth: basicAuth({ robot: "canary-password" }) });
  const blob = registry.putBlob("acme/evals", "layer");
  const repository = `${registry.host}/acme/evals`;
  await program.write("docker.json", login(registry.host));
  const registries = [{ host: registry.host, plainHttp: true }];
  await program.write("config.yaml", { policies: { directory: "." }, registries });
  const files = ["--config", "config.yaml", "--docker-config", "docker.json"];
  const proxy = await runProxy(program, "--repository", repository, "--listen", "localhost:0", ...files);
  expect(proxy.ready).toMatch(/^ready: http:\/\/127\.0\.0\.1:\d+\/v2\/ stands for /);
  expect(proxy.ready).toContain(`${repository}, with the credentials in the Docker config`);
  expect(await (await fetch(`${proxy.url}acme/evals/blobs/${blob}`)).text()).toBe("layer");
  expect((await fetch(`${proxy.url}acme/other/blobs/${blob}`)).status).toBe(403);
  const { code, err } = await proxy.stop();
  expect(code).toBe(0);
  expect(err.split("\n").slice(1, 3)).toEqual([
    "GET blob 200",
    expect.stringMatching(/^GET other 403: this proxy is for the repository .* alone/),
  ]);
  expect(err).not.toMatch(/canary|robot/);
  await expect(fetch(proxy.url)).rejects.toThrow("fetch failed");
});

const repository = ["--repository", "quay.io/acme/evals"];

it.each([
  ["no repository", [], "--repository is needed"],
  ["a repository without a host", ["--repository", "acme/evals"], "expected a host and a path"],
  ["a repository with a tag", ["--repository", "quay.io/acme/evals:v1"], "without tag or digest"],
  ["a host alone", ["--repository", "quay.io"], "expected a host and a path"],
  ["an operand", [...repository, "x"], "takes no operand"],
  ["every address", [...repository, "--listen", "0.0.0.0:8080"], "expected a loopback address"],
  ["every IPv6 address", [...repository, "--listen", "[::]:8080"], "expected a loopback address"],
  ["another address", [...repository, "--listen", "10.0.0.1:8080"], "expected a loopback address"],
  ["a name", [...repository, "--listen", "127.example.com:8080"], "expected a loopback address"],
  ["no port", [...repository, "--listen", "127.0.0.1"], "expected a loopback address"],
  ["a port that is none", [...repository, "--listen", "127.0.0.1:99999"], "expected a port"],
  ["a Docker config that is not there", [...repository, "--docker-config", "nowhere.json"], "ENOENT"],
  ["a Docker config that is none", [...repository, "--docker-config", "broken.json"], "not JSON"],
  [
    "credentials for others",
    [...repository, "--docker-config", "other.json"],
    "holds no credentials for quay.io/acme/evals",
  ],
  ["a layout", [...repository, "--config", "layout.yaml"], "from an image layout"],
])("ends with 2 for %s", async (_, args, words) => {
  await program.write("broken.json", "canary");
  await program.write("other.json", login("ghcr.io"));
  const registries = [{ host: "quay.io", layout: "evidence" }];
  await program.write("layout.yaml", { policies: { directory: "." }, registries });
  const { code, err } = await program.run("registry-proxy", ...args);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(words) });
  expect(err).not.toContain("canary");
});

it("ends with 2 where its port is taken", async () => {
  const first = await runProxy(program, ...repository, "--listen", "127.0.0.1:0");
  const { host } = new URL(first.url);
  const second = await program.run("registry-proxy", ...repository, "--listen", host);
  expect(second).toMatchObject({ code: 2, err: expect.stringContaining("EADDRINUSE") });
  expect((await first.stop()).code).toBe(0);
});

describeWith(["docker-registry"], "assaygate push through the proxy", () => {
  it("prints the registry's own name, and needs no credentials", async () => {
    const registry = await startDockerRegistry({ htpasswd: { user: "robot", password: "canary-password" } });
    const target = `${registry.host}/acme/evals`;
    await program.write("docker.json", login(registry.host));
    const configFor = (url: string): unknown => ({
      policies: { directory: "." },
      registries: [{ host: registry.host, url, plainHttp: true }],
    });
    await program.write("proxy.yaml", configFor(registry.url));
    const files = ["--config", "proxy.yaml", "--docker-config", "docker.json"];
    const proxy = await runProxy(program, "--repository", target, "--listen", "127.0.0.1:0", ...files);
    try {
      await program.write("push.yaml", configFor(proxy.url.replace("/v2/", "")));
      await program.write("results/results.json", { accuracy: 0.64 });
      await program.write("results/large.txt", "sample\n".repeat(300_000));
      const ran = await program.run("push", "results", "--to", `${target}:v1`, "--config", "push.yaml");
      expect(ran.code).toBe(0);
      const digest = /sha256:[0-9a-f]{64}/.exec(ran.out)?.[0];
      expect(ran.out).toContain(`reference:  ${target}:v1@${digest}\n`);
      const env = { DOCKER_CONFIG: program.folder };
      await program.write("config.json", login(registry.host));
      const verify = ["verify", `${target}@${digest}`, "--plain-http"];
      expect(await program.runWith({ env }, ...verify)).toMatchObject({ code: 0 });
    } finally {
      await proxy.stop();
      await registry.stop();
    }
  });
});
