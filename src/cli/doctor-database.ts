import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { type Finding, fail, ok, warn } from "./finding.ts";

const mebibyte = 1024 * 1024;

/** Below this little an append may fail any moment. */
const minFreeBytes = 100 * mebibyte;

/** Below this, or below what a copy of the file takes, the next backup or rebuild may not fit. */
const lowFreeBytes = 1024 * mebibyte;

/** Room on the disk, and whether this user may write, looked at without opening the file. */
export function checkDisk(file: string): readonly Finding[] {
  const folder = nearestFolder(path.dirname(file));
  const findings: Finding[] = [];
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const size = existsSync(file) ? statSync(file).size : 0;
  const detail = `${megabytes(free)} free, the database takes ${megabytes(size)}`;
  findings.push(
    free < minFreeBytes
      ? fail("disk", detail, "Make room now: commands are refused when the disk is full.")
      : free < Math.max(lowFreeBytes, size)
        ? warn("disk", detail, "Make room: a backup or the rebuild of a view may not fit.")
        : ok("disk", detail),
  );
  const readOnly = [folder, file].find((place) => existsSync(place) && !isWritable(place));
  findings.push(
    readOnly === undefined
      ? ok("permissions", "the database and its folder can be written")
      : fail(
          "permissions",
          `${readOnly} cannot be written`,
          "Let this user write the database and its folder.",
        ),
  );
  return findings;
}

/** Reads the whole file, on a connection of its own that cannot change anything. */
export function checkDatabaseFile(file: string): readonly Finding[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const mode = textOf(database.prepare("PRAGMA journal_mode").get());
    const check = textOf(database.prepare("PRAGMA quick_check(1)").get());
    return [
      mode === "wal"
        ? ok("journal", "write-ahead log")
        : fail(
            "journal",
            `mode ${mode}; expected wal`,
            "Put the file on a local disk: network file systems won't do.",
          ),
      check === "ok"
        ? ok("integrity", "every page of the file is sound")
        : fail("integrity", check, "Restore the file from a backup: see docs/operations.md."),
    ];
  } finally {
    database.close();
  }
}

/** The one value of a pragma's row. */
function textOf(row: unknown): string {
  return String(Object.values(row ?? {})[0]);
}

function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(path.dirname(folder));
}

function isWritable(place: string): boolean {
  try {
    accessSync(place, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / mebibyte).toLocaleString("en-US")} MiB`;
}
