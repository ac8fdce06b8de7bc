/** A failure as people read it: a line, and what it stands for in full when `verbose`. */
export function describeFailure(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return `error: ${String(error)}\n`;
  const code = codeOf(error);
  const line = `error: ${error.message}${code === undefined ? "" : ` [${code}]`}\n`;
  if (verbose) return `${line}${stackOf(error)}\n`;
  return code === undefined || code === "internal"
    ? `${line}This may be a bug of Millrace: run the command again with --verbose to see where it happened.\n`
    : line;
}

/** The code of a Millrace error; by its shape, since a service may bring another copy of the package. */
function codeOf(error: Error): string | undefined {
  return error.name === "MillraceError" && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${stackOf(error.cause)}` : own;
}
