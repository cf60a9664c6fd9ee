import { describe, expect, it } from "@jest/globals";
import { parseIndex } from "../../../evidence/model-index/parse-index.ts";
import { digest } from "../../support/builders/evidence.ts";

const oci = "application/vnd.oci.image.index.v1+json";
const list = "application/vnd.docker.distribution.manifest.list.v2+json";
const manifest = "application/vnd.oci.image.manifest.v1+json";
const entry = { mediaType: manifest, digest: digest(1), size: 2 };
const index = { schemaVersion: 2, mediaType: oci, manifests: [entry] };

describe("parseIndex", () => {
  it.each<[string, unknown, string | undefined]>([
    ["an OCI index", index, oci],
    ["one that only the registry calls an index", { ...index, mediaType: undefined }, `${oci}; charset=utf-8`],
    ["one of a folder, which declares nothing", index, undefined],
    ["Docker's", { ...index, mediaType: list }, list],
    [
      "one with an index inside, which is not followed",
      { ...index, manifests: [entry, { ...entry, mediaType: oci }] },
      oci,
    ],
  ])("lists the manifests of %s", (_, value, transport) => {
    expect(parseIndex(value, transport)).toEqual([digest(1)]);
  });

  it("takes a manifest for no index", () => {
    expect(parseIndex({ schemaVersion: 2, mediaType: manifest, config: {}, layers: [] }, manifest)).toBeUndefined();
  });

  it.each<[string, unknown, string | undefined]>([
    ["no object", [index], oci],
    ["without a list", { ...index, manifests: undefined }, oci],
    ["with an object for a list", { ...index, manifests: { 0: entry } }, oci],
    ["that is a manifest as well", { ...index, layers: [] }, oci],
    ["that the registry calls a manifest", index, manifest],
    ["that calls itself a manifest", { ...index, mediaType: manifest }, undefined],
    ["whose media type is not text", { ...index, mediaType: 7 }, oci],
    ["whose media type nobody states", { manifests: [entry] }, undefined],
    ["with a second list in other letters", { ...index, Manifests: [] }, oci],
    ["with an entry that is no object", { ...index, manifests: [entry, "x"] }, oci],
    ["with an entry without a media type", { ...index, manifests: [{ digest: digest(1) }] }, oci],
    ["with another hash", { ...index, manifests: [{ ...entry, digest: "sha512:00" }] }, oci],
    ["of more manifests than are read", { ...index, manifests: Array.from({ length: 257 }, () => entry) }, oci],
  ])("refuses one %s", (_, value, transport) => {
    expect(() => parseIndex(value, transport)).toThrow(expect.objectContaining({ name: "RegistryError" }));
  });
});
