import { describe, expect, it } from "@jest/globals";
import { classifyAddress, classifyName } from "../../../../registry/remote/network/address.ts";

describe("T10: how far an address reaches", () => {
  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
  ])("%s is public", (address) => {
    expect(classifyAddress(address)).toBe("public");
  });

  it.each([
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "0:0:0:0:0:ffff:a00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "2001:0:4136:e378::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
  ])("%s is private", (address) => {
    expect(classifyAddress(address)).toBe("private");
  });

  it.each([
    "169.254.169.254",
    "169.254.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
  ])("%s is link-local or a metadata service", (address) => {
    expect(classifyAddress(address)).toBe("link-local");
  });
});

describe("how far a name reaches that a proxy resolves", () => {
  it.each([
    ["metadata.google.internal", "link-local"],
    ["METADATA.google.internal..", "link-local"],
    ["registry..", "private"],
    ["registry.svc.", "private"],
    ["blobs.example.com.", "public"],
  ])("%s: %s, however many dots end it", (name, kind) => {
    expect(classifyName(name)).toBe(kind);
  });
});
