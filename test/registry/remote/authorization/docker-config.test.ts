import { describe, expect, it } from "@jest/globals";
import {
  listComplaints,
  findEntry,
  parseDockerConfig,
} from "../../../../registry/remote/authorization/docker-config.ts";
import { createDockerConfigCredentials } from "../../../../registry/remote/authorization/docker-credentials.ts";
import { errorOf } from "../reading.ts";

const auth = Buffer.from("robot:s3cret:with:colons").toString("base64");
const robot = { kind: "basic", username: "robot", password: "s3cret:with:colons" };

function credentialsFor(auths: object, host: string, path = "team/evals"): unknown {
  return findEntry(parseDockerConfig(JSON.stringify({ auths })), host, path)?.credentials;
}

describe("an entry of auths", () => {
  it.each<[string, object, object | undefined]>([
    ["auth", { auth }, robot],
    ["a user name and a password", { username: "robot", password: "s3cret:with:colons" }, robot],
    [
      "an identity token",
      { identitytoken: "refresh" },
      { kind: "identity-token", username: "<token>", token: "refresh" },
    ],
    [
      "an identity token and a user",
      { auth: Buffer.from("00000000-0000:").toString("base64"), identitytoken: "refresh" },
      { kind: "identity-token", username: "00000000-0000", token: "refresh" },
    ],
    ["a registry token", { registrytoken: "access" }, { kind: "registry-token", token: "access" }],
    ["nothing, where a store holds it", {}, undefined],
  ])("holds %s", (_, entry, expected) => {
    expect(credentialsFor({ "quay.io": entry }, "quay.io")).toEqual(expected);
  });

  it.each<[string, string, string]>([
    ["a host", "quay.io", "quay.io"],
    ["a host and its port", "registry.internal:5000", "registry.internal:5000"],
    ["a URL", "https://quay.io", "quay.io"],
    ["a URL of API version 1", "https://quay.io/v1/", "quay.io"],
    ["a URL of API version 2", "https://quay.io/v2/", "quay.io"],
    ["a slash at the end", "quay.io/", "quay.io"],
    ["a repository", "quay.io/team/evals", "quay.io"],
    ["the beginning of a repository", "quay.io/team", "quay.io"],
    ["Docker Hub's own key", "https://index.docker.io/v1/", "docker.io"],
    ["Docker Hub's name", "docker.io", "docker.io"],
  ])("is found under %s", (_, key, host) => {
    expect(credentialsFor({ [key]: { auth } }, host)).toEqual(robot);
  });

  it.each<[string, string, string]>([
    ["a look-alike that begins with it", "myacr.azurecr.io", "myacr.azurecr.io.evil.com"],
    ["a look-alike that ends with it", "azurecr.io", "evil-azurecr.io"],
    ["a subdomain", "azurecr.io", "myacr.azurecr.io"],
    ["its parent", "myacr.azurecr.io", "azurecr.io"],
    ["a path that holds the host", "azurecr.io", "evil.com"],
    ["a trailing dot", "myacr.azurecr.io", "myacr.azurecr.io."],
    ["a key with a trailing dot", "myacr.azurecr.io.", "myacr.azurecr.io"],
    ["upper case", "myacr.azurecr.io", "MYACR.azurecr.io"],
    ["a key in upper case", "MYACR.azurecr.io", "myacr.azurecr.io"],
    ["another port", "registry.internal:5000", "registry.internal:5001"],
    ["no port", "registry.internal:5000", "registry.internal"],
    ["a default port", "quay.io:443", "quay.io"],
    ["an IDN twin", "xn--quy-1na.io", "quay.io"],
    ["a wildcard", "*.azurecr.io", "myacr.azurecr.io"],
    ["user information in the key", "quay.io@evil.com", "quay.io"],
    ["another scheme", "ftp://quay.io", "quay.io"],
    ["another repository", "quay.io/other", "quay.io"],
    ["half a segment", "quay.io/tea", "quay.io"],
    ["a longer path", "quay.io/team/evals/more", "quay.io"],
  ])("T09: is never found for %s", (_, key, host) => {
    expect(credentialsFor({ [key]: { auth } }, host)).toBeUndefined();
  });

  it("T09: is never found for a repository that is named like its host", () => {
    expect(credentialsFor({ "azurecr.io": { auth } }, "evil.com", "azurecr.io/evals")).toBeUndefined();
  });

  it("with the longest path wins", () => {
    const auths = {
      "quay.io": { registrytoken: "host" },
      "quay.io/team/evals": { registrytoken: "repository" },
      "quay.io/team": { registrytoken: "team" },
    };
    const tokenFor = (path: string): unknown => credentialsFor(auths, "quay.io", path);
    expect(tokenFor("team/evals")).toMatchObject({ token: "repository" });
    expect(tokenFor("team/other")).toMatchObject({ token: "team" });
    expect(tokenFor("teammate/evals")).toMatchObject({ token: "host" });
  });
});

const half = { auth: btoa("canary-secret") };

describe("an entry that cannot be used", () => {
  it.each<[string, { auths?: object; credHelpers?: object; credsStore?: unknown }, string]>([
    ["text", { auths: { "quay.io": "canary-secret" } }, "auths[quay.io] is not a JSON object"],
    ["auth without a colon", { auths: { "quay.io": half } }, "auths[quay.io] holds an auth that is not base64"],
    ["auth that is no base64", { auths: { "quay.io": { auth: "canary:secret" } } }, "that is not base64"],
    ["auth that is a number", { auths: { "quay.io": { auth: 5 } } }, "something other than text in auth"],
    ["a token that is a list", { auths: { "quay.io": { identitytoken: ["canary-secret"] } } }, "in identitytoken"],
    ["a password without a user", { auths: { "quay.io": { password: "canary-secret" } } }, "only half"],
    ["a helper that is a path", { credHelpers: { "quay.io": "../canary-secret" } }, "names a credential helper"],
    ["a store with an option", { credsStore: "x --canary-secret" }, "credsStore names a credential helper"],
    ["a store that is a list", { credsStore: ["canary-secret"] }, "credsStore names a credential helper"],
  ])("%s is an error for its host, without a word of it, and for no other", async (_, broken, says) => {
    const config = { ...broken, auths: { "ghcr.io": { auth }, ...broken.auths } };
    const provider = createDockerConfigCredentials(JSON.stringify(config), { helpers: { environment: {} } });
    expect(await provider.identify("ghcr.io", "team/evals").credentials()).toEqual(robot);
    const error = await errorOf(provider.identify("quay.io", "team/evals").credentials());
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "denied" });
    expect(error.message).toContain(says);
    expect(listComplaints(parseDockerConfig(JSON.stringify(config)))).toEqual([expect.stringContaining(says)]);
    expect(error.message).not.toContain("canary");
    expect(error.message).not.toContain(half.auth);
  });

  it.each([null, {}, { auth: "" }, { auth: null, email: "ci@acme.example" }])("%j is none", (entry) => {
    expect(credentialsFor({ "quay.io": entry }, "quay.io")).toBeUndefined();
    expect(
      listComplaints(parseDockerConfig(JSON.stringify({ auths: { "quay.io": entry }, credsStore: null }))),
    ).toEqual([]);
  });
});

describe("a key that comes near", () => {
  it.each<[string, string, string]>([
    ["*.example.com", "registry.example.com", "a key holds no wildcard: write each host"],
    ["REGISTRY.example.com", "registry.example.com", "write it in lower case"],
    ["https://Registry.Example.com/v2/", "registry.example.com", "write it in lower case"],
    ["registry.example.com:443", "registry.example.com", "is for registry.example.com:443, which is another name"],
    ["registry.example.com", "registry.example.com:443", "is for registry.example.com, which is another name"],
    ["registry.example.com:5000", "registry.example.com:5001", "is for registry.example.com:5000"],
  ])("%s is not for %s, and says so", (name, host, says) => {
    const identity = createDockerConfigCredentials(JSON.stringify({ auths: { [name]: { auth } } })).identify(host, "a");
    expect(identity.hasCredentials).toBe(false);
    expect(identity.name).toBe("anonymous");
    expect(identity.source).toMatch(/^anonymous access \(in the Docker config, /);
    expect(identity.source).toContain(says);
  });

  it.each(["*.example.com", "HOST.example.com", "host.example.com:443", "ftp://quay.io", "robot:canary@quay.io"])(
    "%s is named when the configuration is looked at",
    (name) => {
      const said = listComplaints(parseDockerConfig(JSON.stringify({ auths: { [name]: { auth } } })));
      expect(said).toHaveLength(1);
      expect(said.join("")).toMatch(/^auths\[/);
      expect(said.join("")).not.toContain("canary");
    },
  );

  it("is none where nothing does", () => {
    const provider = createDockerConfigCredentials(
      JSON.stringify({ auths: { "*.example.com": { auth }, "QUAY.io": { auth } } }),
    );
    expect(provider.identify("ghcr.io", "a").source).toBe("anonymous access");
    expect(provider.identify("a.b.example.com", "a").source).toBe("anonymous access");
  });
});

describe("a Docker config that cannot be read", () => {
  it.each<[string, string]>([
    ["text that is not JSON", '{"auths":{"quay.io":{"password":"canary-secret"'],
    ["a list", '["canary-secret"]'],
    ["auths that are a list", '{"auths":["canary-secret"]}'],
    ["helpers that are text", '{"credHelpers":"canary-secret"}'],
  ])("%s is refused without a word of it", (_, text) => {
    const error = thrownBy(() => parseDockerConfig(text));
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain("canary");
    expect(String(error)).not.toContain(btoa("canary-secret"));
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
