import { afterEach, describe, expect, it } from "@jest/globals";
import { watchContent, watchUsableContent, type ContentWatch } from "../../runtime/watch-content.ts";
import { expectSoon } from "../support/soon.ts";

const never = 3_600_000;
let watch: ContentWatch | undefined;
let content: string | Error | undefined;
let applied: string[];
let refused: string[];

afterEach(() => watch?.stop());

function start(first: typeof content, everyMs = never, begin = watchContent): ContentWatch {
  [content, applied, refused] = [first, [], []];
  watch = begin<{ readonly text: string }>(
    {
      read() {
        if (content instanceof Error) throw content;
        return content === undefined ? undefined : { text: content };
      },
      apply({ text }) {
        if (text.startsWith("bad")) throw new Error(`${text} cannot be used`);
        applied.push(text);
      },
      refused: ({ message }) => void refused.push(message),
    },
    everyMs,
  );
  return watch;
}

function lookAt(next: typeof content): void {
  content = next;
  watch?.look();
}

describe("watched content", () => {
  it("is applied at once, and again only where it differs", () => {
    start("a");
    lookAt("a");
    lookAt("b");
    lookAt("a");
    expect(applied).toEqual(["a", "b", "a"]);
  });

  it("is looked at again and again, until that is stopped", async () => {
    const { stop } = start("a", 2);
    content = "b";
    await expectSoon(() => applied.includes("b"));
    stop();
    content = "c";
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(applied).toEqual(["a", "b"]);
  });

  it("that cannot be used is told once, and leaves the last good one in force until it is over", () => {
    const { problem } = start("a");
    lookAt("bad");
    lookAt("bad");
    expect([applied, refused, problem()?.message]).toEqual([["a"], ["bad cannot be used"], "bad cannot be used"]);
    lookAt("a");
    expect([applied, problem()]).toEqual([["a", "a"], undefined]);
  });

  it("that cannot be read is told once for each reason", () => {
    const { problem } = start("a");
    for (const reason of ["ENOENT", "ENOENT", "EACCES"]) lookAt(new Error(reason));
    expect([refused, problem()?.message]).toEqual([["ENOENT", "EACCES"], "EACCES"]);
    lookAt("a");
    expect([applied, problem()]).toEqual([["a", "a"], undefined]);
  });

  it("that is not known yet changes nothing, nor what is wrong", () => {
    const { problem } = start(undefined);
    expect([applied, refused]).toEqual([[], []]);
    lookAt("bad");
    lookAt(undefined);
    expect(problem()?.message).toBe("bad cannot be used");
  });

  it("is told of at the start, too, where it is wrong", () => {
    expect(start("bad").problem()?.message).toBe("bad cannot be used");
    expect(refused).toEqual(["bad cannot be used"]);
  });

  it("throws at the start where it has to be usable", () => {
    expect(() => start("bad", never, watchUsableContent)).toThrow("bad cannot be used");
    expect(() => start(new Error("ENOENT"), never, watchUsableContent)).toThrow("ENOENT");
    expect(start("a", never, watchUsableContent).problem()).toBeUndefined();
  });

  it("lets pass what whoever is told throws", () => {
    const bug = (): never => {
      throw new TypeError("a bug");
    };
    const refuse = (cause: Error): never => {
      throw cause;
    };
    expect(() => watchContent({ read: bug, apply: () => undefined, refused: refuse }, never)).toThrow("a bug");
  });
});
