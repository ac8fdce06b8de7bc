import { counted } from "./output.ts";

/** Redrawn at most this often: more is a blur, and a slow terminal would slow the work. */
const redrawEveryMs = 100;

export interface Progress {
  update(done: number, total: number | undefined): void;
  /** Clears the line, so that what follows stands alone. */
  end(): void;
}

/** One line on standard error that says how far long work is; nothing where that is not a terminal. */
export function showProgress(
  what: string,
  stream: Pick<NodeJS.WriteStream, "isTTY" | "write"> = process.stderr,
): Progress {
  if (!stream.isTTY) return { update() {}, end() {} };
  let drawnAt = 0;
  return {
    update(done, total) {
      const now = Date.now();
      if (now - drawnAt < redrawEveryMs) return;
      drawnAt = now;
      const share = total === undefined || total === 0 ? "" : ` (${Math.floor((done / total) * 100)}%)`;
      const of = total === undefined ? "" : ` of ${counted(total)}`;
      stream.write(`\r\x1b[2K${what}: ${counted(done)}${of}${share}`);
    },
    end() {
      if (drawnAt > 0) stream.write("\r\x1b[2K");
    },
  };
}
