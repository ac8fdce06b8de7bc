import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../peers-postgres/", import.meta.url));
const requirePeer = createRequire(new URL("../peers-postgres/package.json", import.meta.url));

/** Installs the competitors from their lock file unless they are there; says so where that fails, and who is left out then. */
export function installPeers(): boolean {
  if (existsSync(`${folder}node_modules/.package-lock.json`)) return true;
  console.log("The competitors are installed into bench/peers-postgres.");
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status === 0) return true;
  console.log("Emmett, message-db and Castore are left out: `npm ci` failed in bench/peers-postgres.");
  return false;
}

/** A competitor's exports; `Exports` says the part of them that is used, since its types are not installed here. */
export function loadPeer<Exports>(name: string): Exports {
  return requirePeer(name) as Exports;
}

/** The path of a file or folder of a competitor's package. */
export function pathInPeer(name: string, path: string): string {
  return `${folder}node_modules/${name}/${path}`;
}
