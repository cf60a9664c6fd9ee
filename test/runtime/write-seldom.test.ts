import { expect, it } from "@jest/globals";
import { createWriteSeldom } from "../../runtime/write-seldom.ts";

function startLog() {
  let atMs = 0;
  const written: [string, number][] = [];
  const seldom = createWriteSeldom(60_000, () => atMs);
  const tell = (kind: string, times = 1): void => {
    for (let count = 0; count < times; count += 1) seldom(kind, (unwritten) => written.push([kind, unwritten]));
  };
  return { tell, written, pass: (ms: number) => void (atMs += ms) };
}

it("writes the first of each kind, and the next after a while, with how many there were between", () => {
  const { tell, written, pass } = startLog();
  tell("400", 1_000);
  tell("404", 3);
  pass(59_999);
  tell("400");
  expect(written).toEqual([
    ["400", 0],
    ["404", 0],
  ]);
  pass(1);
  tell("400", 2);
  expect(written.at(-1)).toEqual(["400", 1_000]);
  pass(60_000);
  tell("404");
  expect(written.at(-1)).toEqual(["404", 2]);
});

it("takes kinds beyond some for one, so that nobody's names make it write more", () => {
  const { tell, written } = startLog();
  for (let count = 0; count < 10_000; count += 1) tell(`kind ${count}`);
  expect(written).toHaveLength(65);
});
