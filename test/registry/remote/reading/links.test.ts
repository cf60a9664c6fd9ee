import { describe, expect, it } from "@jest/globals";
import { findNextLink } from "../../../../registry/remote/reading/links.ts";

describe("the next page of a list", () => {
  it.each<[string | string[]]>([
    ['</p2>; rel="next"'],
    ["</p2>;rel=next"],
    ['</p2> ; REL = "NEXT"'],
    ['</p2>; title="a, b; c"; rel="next"'],
    ['</p2>; rel="last next"'],
    ['</p0>; rel="prev", </p2>; rel="next"'],
    ['</p2>; rel="next", </p0>; rel=first'],
    ['</p0>; rel="first",, </p2>;; rel="next";'],
    [['</p0>; rel="prev"', '</p2>; rel="next"']],
    [['</p2>; rel="next"', '</p2>; rel="next"']],
  ])("is named by %j", (header) => {
    expect(findNextLink(header)).toEqual({ target: "/p2" });
  });

  it.each<[string | string[] | undefined]>([
    [undefined],
    [""],
    ['</p0>; rel="prev"'],
    ["</p0>"],
    ['</p0>; rel="nextish"'],
    ['</p0>; title="rel=next"'],
    ['</p0>; rel="prev"; rel="next"'],
    ['</p0>; rel=""'],
    ['</p0>; rel="https://a.example/next"'],
  ])("is not there in %j", (header) => {
    expect(findNextLink(header)).toBeUndefined();
  });

  it.each<[string | string[]]>([
    ["/p2; rel=next"],
    ["</p2; rel=next"],
    ['</p2> rel="next"'],
    ['</p2>; rel="next'],
    ["</p2>; rel='next'"],
    ['</p2>; rel="next/"'],
    ['</p2>; rel="prev,next"'],
    ['</p2>; rel="next", </p3>; rel="next"'],
    [['</p2>; rel="next"', "nonsense"]],
  ])("may be there, and cannot be read, in %j", (header) => {
    expect(findNextLink(header)).toBe("unreadable");
  });

  it.each([" ", "\t", ";", "<", '"', "\\", "a", "=", ","])(
    "is looked for in linear time among many %j",
    (character) => {
      const begin = process.cpuUsage();
      findNextLink(`</p>; a${character.repeat(200_000)}\u0001`);
      const { user } = process.cpuUsage(begin);
      expect(user).toBeLessThan(2_000_000);
    },
  );
});
