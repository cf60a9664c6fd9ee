import { describe, it, expect } from "@jest/globals";
import { limits } from "../../registry/limits.ts";
import { parseManifest } from "../../registry/manifest.ts";
import { digestOf, imageManifest } from "../support/artifacts.ts";
import { outcomeOf } from "./outcome.ts";

const index = "application/vnd.oci.image.index.v1+json";
const empty = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf("{}"), size: 2 };
const minimal = { schemaVersion: 2, mediaType: imageManifest, config: empty, layers: [empty] };
const parse = (document: unknown, transport?: string): ReturnType<typeof parseManifest> =>
  parseManifest(Buffer.from(typeof document === "string" ? document : JSON.stringify(document)), transport);
const without = (key: string): object => Object.fromEntries(Object.entries(minimal).filter(([name]) => name !== key));
const numbered = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, "v"]));

describe("parseManifest", () => {
  it("takes the fields that are read, and no others", () => {
    const layer = { ...empty, annotations: { title: "a" }, urls: ["https://evil.example/"], data: "e30=" };
    const document = {
      ...minimal,
      artifactType: "a/b",
      layers: [layer],
      subject: empty,
      annotations: { env: "prod" },
      extra: 1,
    };
    const read = { ...empty, annotations: {} };
    expect(parse(document)).toEqual({
      artifactType: "a/b",
      config: read,
      layers: [{ ...empty, annotations: { title: "a" } }],
      subject: read,
      annotations: { env: "prod" },
    });
  });

  it.each([
    ["the media type in the body alone", minimal, undefined],
    ["the media type from the registry alone", without("mediaType"), imageManifest],
    ["both, where they agree but for parameters", minimal, `${imageManifest}; charset=utf-8`],
    [
      "as many layers as are allowed",
      { ...minimal, layers: Array.from({ length: limits.layers }, () => empty) },
      undefined,
    ],
    ["as many annotations as are allowed", { ...minimal, annotations: numbered(limits.annotations) }, undefined],
    ["annotations in any case", { ...minimal, annotations: { env: "a", ENV: "b", Layers: "c" } }, undefined],
  ])("accepts %s", async (_, document, transport) => {
    expect(await outcomeOf(() => parse(document, transport))).toBe("accepted");
  });

  const confused: { what: string; document: unknown; transport?: string }[] = [
    { what: "both manifests and layers", document: { ...minimal, manifests: [] } },
    { what: "both manifests and config", document: { ...without("layers"), manifests: [] } },
    { what: "both, even if one is null", document: { ...minimal, manifests: null } },
    { what: "a body and a registry that disagree", document: minimal, transport: index },
    { what: "a body and a registry that disagree in case", document: minimal, transport: imageManifest.toUpperCase() },
    { what: "a registry that declares an empty media type", document: minimal, transport: "" },
    { what: "a registry that declares JSON", document: minimal, transport: "application/json" },
    { what: "a media type nowhere", document: without("mediaType") },
    {
      what: "a media type that is no string",
      document: { ...minimal, mediaType: [imageManifest] },
      transport: imageManifest,
    },
    { what: "an index", document: { schemaVersion: 2, mediaType: index, manifests: [empty] } },
    {
      what: "an index that calls itself a manifest",
      document: { schemaVersion: 2, mediaType: imageManifest, manifests: [empty] },
    },
    { what: "a manifest that calls itself an index", document: { ...minimal, mediaType: index } },
    {
      what: "a Docker manifest list",
      document: { ...minimal, mediaType: "application/vnd.docker.distribution.manifest.list.v2+json" },
    },
    {
      what: "a Docker manifest",
      document: { ...minimal, mediaType: "application/vnd.docker.distribution.manifest.v2+json" },
    },
    {
      what: "a Docker schema 1 manifest",
      document: { schemaVersion: 1, name: "a", fsLayers: [] },
      transport: "application/vnd.docker.distribution.manifest.v1+prettyjws",
    },
    { what: "a manifest with schema 1 layers", document: { ...minimal, fsLayers: [] } },
    {
      what: "an OCI artifact manifest, which is dead",
      document: { ...minimal, mediaType: "application/vnd.oci.artifact.manifest.v1+json" },
    },
  ];
  it.each(confused)("T01 T15 refuses $what", async ({ document, transport }) => {
    expect(await outcomeOf(() => parse(document, transport))).toBe("invalid");
  });

  it.each([
    ["Annotations", { ...minimal, Annotations: { env: "prod" } }],
    ["ANNOTATIONS beside annotations", { ...minimal, annotations: { env: "dev" }, ANNOTATIONS: { env: "prod" } }],
    ["Layers", { ...minimal, Layers: [] }],
    ["a long s, which Go folds", { ...minimal, "layer\u017F": [] }],
    ["Digest in the config", { ...minimal, config: { ...empty, Digest: digestOf("other") } }],
    ["Size in a layer", { ...minimal, layers: [empty, { ...empty, Size: 1 }] }],
    ["mediatype in the subject", { ...minimal, subject: { ...empty, mediatype: "a/b" } }],
    [
      "annotations twice",
      `{"annotations":{"env":"dev"},${JSON.stringify({ ...minimal, annotations: { env: "prod" } }).slice(1)}`,
    ],
    [
      "an annotation twice",
      JSON.stringify({ ...minimal, annotations: { env: "dev", enw: "prod" } }).replace("enw", "env"),
    ],
  ])("T27 refuses %s", async (_, document) => {
    expect(await outcomeOf(() => parse(document))).toBe("invalid");
  });

  it.each([
    ["an upper-case digest", empty.digest.toUpperCase()],
    ["upper-case hex", empty.digest.replaceAll("a", "A")],
    ["a short digest", empty.digest.slice(0, -1)],
    ["sha512", `sha512:${"a".repeat(128)}`],
    ["a digest with a line end", `${empty.digest}\n`],
    ["a path", `sha256:../../../../etc/passwd${"0".repeat(43)}`],
    ["a number", 7],
  ])("T04 refuses %s in a descriptor", async (_, digest) => {
    expect(await outcomeOf(() => parse({ ...minimal, layers: [{ ...empty, digest }] }))).toBe("invalid");
  });

  it.each([
    ["T05 a layer too many", { ...minimal, layers: Array.from({ length: limits.layers + 1 }, () => empty) }],
    ["T05 an annotation too many", { ...minimal, annotations: numbered(limits.annotations + 1) }],
    [
      "T05 an annotation too many on a layer",
      { ...minimal, layers: [{ ...empty, annotations: numbered(limits.annotations + 1) }] },
    ],
    ["T05 a million annotations", { ...minimal, annotations: numbered(1_000_000) }],
    ["T20 no layers", { ...minimal, layers: [] }],
    ["T20 no list of layers", without("layers")],
    ["layers that are no list", { ...minimal, layers: { length: 1, 0: empty } }],
    ["no config", without("config")],
    ["another schema version", { ...minimal, schemaVersion: 3 }],
    ["a schema version in words", { ...minimal, schemaVersion: "2" }],
    ["a negative size", { ...minimal, config: { ...empty, size: -1 } }],
    ["a size with a fraction", { ...minimal, config: { ...empty, size: 2.5 } }],
    ["a size beyond safe integers", { ...minimal, config: { ...empty, size: 2 ** 53 } }],
    ["a size in words", { ...minimal, config: { ...empty, size: "2" } }],
    ["an annotation that is no string", { ...minimal, annotations: { env: ["prod"] } }],
    ["annotations that are no object", { ...minimal, annotations: ["env"] }],
    ["a malformed subject", { ...minimal, subject: { digest: empty.digest } }],
    ["a list", [minimal]],
    ["null", null],
    ["a string", '"manifest"'],
  ])("refuses %s", async (_, document) => {
    expect(await outcomeOf(() => parse(document))).toBe("invalid");
  });
});
