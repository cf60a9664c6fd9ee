import { describe, expect, it } from "@jest/globals";
import { isNoProxyEntry, parseNoProxy } from "../../../../registry/remote/network/no-proxy.ts";

describe("NO_PROXY", () => {
  it.each<[entry: string, covered: string[], others: string[]]>([
    [
      "example.com",
      ["https://example.com/v2/", "https://a.b.EXAMPLE.com", "https://example.com."],
      ["https://badexample.com"],
    ],
    [".example.com", ["https://example.com", "https://a.example.com"], ["https://example.com.evil.test"]],
    ["*.example.com", ["https://a.example.com"], ["https://example.com", "https://a.example.org"]],
    ["example.com:8443", ["https://example.com:8443", "https://a.example.com:8443"], ["https://example.com"]],
    ["example.com:443", ["https://example.com"], ["http://example.com"]],
    [".svc", ["https://registry.registry.svc:5000"], ["https://svc.example.com"]],
    ["10.0.0.0/8", ["https://10.1.2.3:5000"], ["https://11.0.0.1", "https://10.example.com"]],
    ["192.0.2.7", ["https://192.0.2.7", "https://0xc0.0x00.0x02.0x07"], ["https://192.0.2.8"]],
    ["192.0.2.7:5000", ["https://192.0.2.7:5000"], ["https://192.0.2.7"]],
    ["2001:db8::/32", ["https://[2001:db8::7]:5000"], ["https://[2001:db9::7]"]],
    ["2001:db8::7", ["https://[2001:0db8:0::7]"], ["https://[2001:db8::8]"]],
    ["[2001:db8::7]:5000", ["https://[2001:db8::7]:5000"], ["https://[2001:db8::7]"]],
    ["*", ["https://example.com", "https://192.0.2.7"], []],
    ["*:5000", ["https://example.com:5000"], ["https://example.com"]],
  ])("%s", (entry, covered, others) => {
    expect(isNoProxyEntry(entry)).toBe(true);
    const isExempt = parseNoProxy([entry]);
    expect(covered.filter((url) => !isExempt(new URL(url)))).toEqual([]);
    expect(others.filter((url) => isExempt(new URL(url)))).toEqual([]);
  });

  it.each(["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"])(
    "this machine is never asked through a proxy: %s",
    (host) => expect(parseNoProxy([])(new URL(`https://${host}:5000`))).toBe(true),
  );

  it.each([
    "",
    "10.0.0.0/33",
    "10.0.0/8",
    "https://example.com",
    "exa mple",
    "example.com/path",
    "[::1",
    "a..b",
    "example.com:port",
  ])("%j covers nothing", (entry) => {
    expect(isNoProxyEntry(entry)).toBe(false);
    expect(parseNoProxy([entry])(new URL("https://example.com"))).toBe(false);
  });
});
