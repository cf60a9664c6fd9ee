import { describe, expect, it } from "@jest/globals";
import { parseProxy, ProxyError, readProxyVariables, withLogin } from "../../../../registry/remote/network/proxies.ts";

const secure = new URL("https://quay.io/v2/");
const plain = new URL("http://quay.io/v2/");

describe("the variables of proxies", () => {
  it.each<[Record<string, string>, string | undefined, string | undefined]>([
    [{}, undefined, undefined],
    [{ HTTPS_PROXY: "http://a:1", HTTP_PROXY: "http://b:2" }, "http://a:1", "http://b:2"],
    [{ https_proxy: "http://a:1", http_proxy: "http://b:2" }, "http://a:1", "http://b:2"],
    [{ https_proxy: "http://a:1", HTTPS_PROXY: "http://b:2" }, "http://a:1", undefined],
    [{ https_proxy: "", HTTPS_PROXY: "http://b:2" }, "http://b:2", undefined],
    [{ HTTP_PROXY: "http://b:2" }, undefined, "http://b:2"],
    [{ HTTPS_PROXY: "a.example:3128" }, "http://a.example:3128", undefined],
    [{ HTTPS_PROXY: " https://a.example " }, "https://a.example", undefined],
    [{ HTTPS_PROXY: "http://a:1", NO_PROXY: "example.com, quay.io" }, undefined, undefined],
    [{ HTTPS_PROXY: "http://a:1", no_proxy: "example.com quay.io:443" }, undefined, undefined],
    [{ HTTPS_PROXY: "http://a:1", no_proxy: "example.com" }, "http://a:1", undefined],
  ])("%j", (environment, forHttps, forHttp) => {
    const choose = readProxyVariables(environment);
    expect([choose(secure)?.origin, choose(plain)?.origin]).toEqual([forHttps, forHttp]);
  });

  it("hold a login, encoded as in any URL", () => {
    const proxy = readProxyVariables({ HTTPS_PROXY: "http://us%40er:p%3A%25@a:1" })(secure);
    expect(proxy).toEqual({ origin: "http://a:1", authorization: `Basic ${btoa("us@er:p:%")}` });
  });

  it.each([
    "socks5://u:canary@a:1",
    "http://u:canary%zz@a:1",
    "http://u:canary@a:1/path",
    "http://u:canary@:1",
    "ftp://canary",
  ])("that cannot be used say so, and repeat nothing: %s", (value) => {
    const read = () => readProxyVariables({ HTTPS_PROXY: value });
    expect(read).toThrow(ProxyError);
    expect(read).toThrow(/^HTTPS_PROXY: (?!.*canary)/);
  });
});

describe("a login in a file", () => {
  const proxy = parseProxy("http://a:1");

  it("is one line", () =>
    expect(withLogin(proxy, "user:pass:word\n").authorization).toBe(`Basic ${btoa("user:pass:word")}`));

  it.each(["", "canary", ":canary", "user:canary\nmore", "user:can\0ary"])("is nothing else: %j", (text) => {
    expect(() => withLogin(proxy, text)).toThrow(/^(?!.*canary)/);
  });
});
