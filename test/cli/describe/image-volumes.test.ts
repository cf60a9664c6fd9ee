import { expect, it } from "@jest/globals";
import { listImageVolumeNotes } from "../../../cli/describe/image-volumes.ts";

const count = 2_000;

/** A pod with many volumes and mounts, of which each says how often its name is read. */
function countReads(): { readonly pod: object; reads: number } {
  const counted = {
    reads: 0,
    named: (at: number, more: object): object => ({
      ...more,
      get name() {
        counted.reads += 1;
        return `v${at}`;
      },
    }),
  };
  const list = (more: object): object[] =>
    Array.from({ length: count }, (_, at) =>
      Object.defineProperties({}, Object.getOwnPropertyDescriptors(counted.named(at, more))),
    );
  const containers = [{ volumeMounts: list({ mountPath: "/m", subPath: "a" }) }];
  return Object.assign(counted, {
    pod: { spec: { containers, volumes: list({ image: { reference: "quay.io/acme/m" } }) } },
  });
}

it("each volume and each mount is looked at a few times, however many there are", () => {
  const counted = countReads();
  expect(listImageVolumeNotes(counted.pod)).toHaveLength(count + 1);
  expect(counted.reads).toBeLessThan(20 * count);
});

it("a pod that lies deeper than any kind has its pods is not looked for", () => {
  const pod = { containers: [{ volumeMounts: [{ name: "m", subPath: "a" }] }], volumes: [{ name: "m", image: {} }] };
  const nest = (depth: number): object => Array.from({ length: depth }).reduce<object>((inner) => ({ inner }), pod);
  expect(listImageVolumeNotes(nest(10))).toHaveLength(2);
  expect(listImageVolumeNotes(nest(20_000))).toEqual([]);
});
