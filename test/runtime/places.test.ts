import { describe, expect, it } from "@jest/globals";
import type { Asker } from "../../runtime/asker.ts";
import { createPlaces, type PlacesOptions } from "../../runtime/places.ts";
import { TimeUp } from "../../runtime/unless-aborted.ts";

const never = new AbortController().signal;

/** Places, and who has one: in the order in which they got them. */
function setup(options: PlacesOptions) {
  const take = createPlaces(options);
  const order: string[] = [];
  const held = new Map<string, () => void>();
  const remember = async (name: string, taken: Promise<() => void>): Promise<void> => {
    const release = await taken.catch(() => undefined);
    if (release === undefined) return;
    order.push(name);
    held.set(name, release);
  };
  const ask = (name: string, owner: string, asker: Asker, signal = never) => {
    const ticket = take(owner, [asker], signal);
    void remember(name, ticket.taken);
    return ticket;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ask,
    order,
    async release(name: string) {
      held.get(name)?.();
      await settle();
    },
    settle,
  };
}

const of = (tenant: string): Asker => ({ tenant });

describe("places", () => {
  it("belong to their owner: one whose work never ends takes none of another's", async () => {
    const { ask, order, settle } = setup({ own: 2, shared: 2 });
    for (let at = 0; at < 50; at += 1) ask(`hung ${at}`, "hung", of(`${at}`));
    for (let at = 0; at < 2; at += 1) ask(`well ${at}`, "well", of("a"));
    await settle();
    expect(order).toEqual(["hung 0", "hung 1", "hung 2", "hung 3", "well 0", "well 1"]);
  });

  it("are shared second: what one gives back, another may borrow", async () => {
    const { ask, order, settle, release } = setup({ own: 1, shared: 1 });
    for (const name of ["a", "b", "c"]) ask(`x ${name}`, "x", of(name));
    for (const name of ["a", "b"]) ask(`y ${name}`, "y", of(name));
    await settle();
    expect(order).toEqual(["x a", "x b", "y a"]);
    await release("x a");
    await release("x b");
    expect(order).toEqual(["x a", "x b", "y a", "x c", "y b"]);
  });

  it("of one owner are never all one tenant's", async () => {
    const { ask, order, settle } = setup({ own: 2, shared: 2 });
    for (let at = 0; at < 50; at += 1) ask(`hostile ${at}`, "registry", of("hostile"));
    ask("other", "registry", of("other"));
    await settle();
    expect(order).toEqual(["hostile 0", "hostile 1", "other"]);
  });

  it("go round the tenants, and round the askers of one", async () => {
    const { ask, order, settle, release } = setup({ own: 1, shared: 0 });
    const many = of("a");
    for (const name of ["1", "2", "3"]) ask(`a ${name}`, "x", many);
    ask("another of a's", "x", of("a"));
    ask("b", "x", of("b"));
    await settle();
    for (const name of ["a 1", "a 2", "b", "another of a's"]) await release(name);
    expect(order).toEqual(["a 1", "a 2", "b", "another of a's", "a 3"]);
  });

  it("are waited for in the lane of each who joins: nobody waits longer for having joined somebody else", async () => {
    const { ask, order, settle, release } = setup({ own: 1, shared: 0 });
    const hostile = of("hostile");
    for (let at = 0; at < 5; at += 1) ask(`hostile ${at}`, "x", hostile);
    const joined = ask("joined", "x", hostile);
    joined.addAsker(of("other"));
    await settle();
    await release("hostile 0");
    await release("hostile 1");
    expect(order).toEqual(["hostile 0", "hostile 1", "joined"]);
  });

  it("are not given to who left, and do not get lost with them", async () => {
    const { ask, order, settle, release } = setup({ own: 1, shared: 0 });
    const leaver = new AbortController();
    ask("first", "x", of("a"));
    const left = ask("leaver", "x", of("a"), leaver.signal);
    ask("last", "x", of("a"));
    await settle();
    leaver.abort();
    await expect(left.taken).rejects.toBeInstanceOf(TimeUp);
    await release("first");
    expect(order).toEqual(["first", "last"]);
  });
});
