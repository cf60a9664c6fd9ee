import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { evaluation } from "../support/builders/evaluation.ts";
import { policy } from "../support/builders/policy.ts";
import { type HostileRegistry, startHostileRegistry } from "../support/hostile-registry/server.ts";
import { basicAuth } from "../support/hostile-registry/auth.ts";
import { Collector, createProgram, type Program } from "./program.ts";

const signed = evaluation();
const broken = { "quay.io": { auth: btoa("canary-no-colon") } };
let program: Program;
let registry: HostileRegistry;

beforeEach(async () => {
  program = await createProgram();
  registry = await startHostileRegistry();
  registry.push("acme/evals", signed);
});
afterEach(async () => {
  await registry.close();
  await program.remove();
});

const verify = (): ReturnType<Program["runWith"]> =>
  program.runWith(
    { env: { DOCKER_CONFIG: join(program.folder, "docker") } },
    "verify",
    `${registry.host}/acme/evals@${signed.digest}`,
    "--plain-http",
  );

it("an entry that cannot be used ends no command about another host", async () => {
  await program.write("docker/config.json", { auths: broken });
  expect(await verify()).toMatchObject({ code: 0, err: "" });
});

it("an entry that cannot be used is said to whoever asks its host", async () => {
  registry.auth = basicAuth({ robot: "s3cret" });
  await program.write("docker/config.json", { auths: { [registry.host]: broken["quay.io"] } });
  const { code, err } = await verify();
  expect(code).toBe(3);
  expect(err).toContain(`auths[${registry.host}] holds an auth that is not base64 of user:password`);
  expect(err).not.toContain("canary");
  expect(err).not.toContain("internal error");
});

it.each([
  ["no JSON", '{"auths":{"quay.io":{"password":"canary'],
  ["a list", "[]"],
])("logins that are %s are a warning", async (_, text) => {
  await program.write("docker/config.json", text);
  const { code, err } = await verify();
  expect(code).toBe(0);
  expect(err).toMatch(/^assaygate: warning: \S+config\.json: cannot be used as a Docker config \(it is not /);
  expect(err).not.toContain("canary");
});

const config = { policies: { directory: "p" }, credentials: { dockerConfigFile: "docker.json" } };

it("lint names what a gate would pass over, and says why a gate would not start", async () => {
  await program.write("p/policy.yaml", policy({ maxAge: "30d" }));
  await program.write("gate.yaml", config);
  await program.write("docker.json", { auths: { ...broken, "*.example.com": {}, "HOST.example.com": {} } });
  const { code, out } = await program.run("lint", "p", "--config", "gate.yaml");
  expect(code).toBe(0);
  expect(out).toContain("auths[quay.io] holds an auth that is not base64 of user:password");
  expect(out).toContain("auths[*.example.com] is passed over: a key holds no wildcard: write each host");
  expect(out).toContain("auths[HOST.example.com] is passed over: hosts are compared exactly");
  await program.write("docker.json", "{");
  expect(await program.run("lint", "p", "--config", "gate.yaml")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/docker\.json: cannot be used as a Docker config \(it is not JSON\)/),
  });
});

it("serve starts, and logs what it passes over", async () => {
  await program.write("p/policy.yaml", policy({ maxAge: "30d" }));
  await program.write("gate.yaml", { ...config, listen: { host: "127.0.0.1", port: 0 }, drainMs: 0 });
  await program.write("docker.json", { auths: broken });
  const out = new Collector();
  const ran = program.runWith({ out }, "serve", "--config", "gate.yaml", "--host", "127.0.0.1", "--health-port", "0");
  expect((await ran).code).toBe(0);
  expect(out.text).toContain("auths[quay.io] holds an auth that is not base64 of user:password");
  expect(out.text).not.toContain("canary");
});

it("serve does not start with a file that is none, and says which", async () => {
  await program.write("p/policy.yaml", policy({ maxAge: "30d" }));
  await program.write("gate.yaml", config);
  await program.write("docker.json", "canary");
  const { code, err } = await program.run("serve", "--config", "gate.yaml", "--port", "0", "--health-port", "0");
  expect(code).toBe(2);
  expect(err).toMatch(/^assaygate: \S+docker\.json: cannot be used as a Docker config \(it is not JSON\)$/m);
  expect(err).not.toContain("canary");
});
