import { clearLine, cursorTo } from "node:readline";
import type { PushObserver } from "../../publish/push/push-folder.ts";
import type { ResultFile } from "../../publish/push/folder.ts";
import type { Io } from "../io.ts";

/** Shows how far a transfer is. */
export interface Progress extends PushObserver {
  /** Takes the bar away. */
  end(): void;
}

const width = 24;
const redrawMs = 100;

/** A bar on a terminal, nothing anywhere else. A file counts by its own size once it is done, and by what is sent until then. */
export function createProgress(files: readonly ResultFile[], { err, now }: Pick<Io, "err" | "now">): Progress {
  if (!("isTTY" in err && err.isTTY === true)) return { packed: nothing, done: nothing, end: nothing };
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let sent = 0;
  let done = 0;
  let doneBytes = 0;
  let drawnMs = 0;
  const draw = (): void => {
    const ms = now().getTime();
    if (ms - drawnMs < redrawMs && done < files.length) return;
    drawnMs = ms;
    const part = total === 0 ? 1 : Math.min(1, Math.max(sent, doneBytes) / total);
    const bar = "#".repeat(Math.round(part * width)).padEnd(width, ".");
    cursorTo(err, 0);
    err.write(`[${bar}] ${Math.round(part * 100)} %, ${done} of ${files.length} files`);
    clearLine(err, 1);
  };
  return {
    packed(bytes) {
      sent += bytes;
      draw();
    },
    done({ size }) {
      done += 1;
      doneBytes += size;
      draw();
    },
    end() {
      cursorTo(err, 0);
      clearLine(err, 0);
    },
  };
}

function nothing(): void {}
