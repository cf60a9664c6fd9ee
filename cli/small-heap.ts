import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/**
 * Sets V8 up for a command, before anything of it is loaded: compiled code that was kept is taken only with the flags that it was
 * kept with.
 */
export function limitHeap(command: string | undefined): void {
  if (command === "push" || command === "pull" || command === "audit") keepHeapSmall();
  if (command === "audit") {
    growYoung();
    keepCompilersSmall();
  }
}

/**
 * Has V8 collect what is dead before the heap has doubled, where it would let it grow by more, and leaves the place for what
 * is new as small as it is at the beginning. For commands that move much through little memory, on machines that have other work.
 */
function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=100");
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** Of V8's two halves for what is new. */
const youngBytes = 4 * 1024 * 1024;
/** V8 has granted the room long before. */
const mostKept = 64;

/**
 * Has V8 grow the place for what is new from one MiB to four, once. It would be cleaned up so often otherwise that much of what
 * is only in use for a moment is taken for old, and the heap grows by that: with four, `audit` takes a tenth less time and
 * some ten MiB less. V8 grows it for programs whose new objects live on. So some do, and are let go of.
 */
function growYoung(): void {
  setFlagsFromString("--semi-space-growth-factor=4");
  const kept: object[][] = [];
  while (measureYoung() < 2 * youngBytes && kept.length < mostKept)
    kept.push(Array.from({ length: 2_000 }, () => ({})));
  setFlagsFromString("--semi-space-growth-factor=1");
}

function measureYoung(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")?.space_size ?? 0;
}

/**
 * Has V8's compilers let go of what they work with, for commands that run much code for a few seconds. Its middle compiler works
 * on hundreds of functions at once; what each took is freed on another thread, which comes round too late, and nothing of it is
 * given back to the system: some 20 MiB. undici's parser of HTTP is WebAssembly, of which the last compiler takes 20 MiB more. It
 * stays as it is compiled first.
 */
function keepCompilersSmall(): void {
  setFlagsFromString("--no-maglev-destroy-on-background");
  setFlagsFromString("--no-wasm-tier-up");
  setFlagsFromString("--no-wasm-dynamic-tiering");
}
