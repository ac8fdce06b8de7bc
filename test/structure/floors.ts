/** The house: each room (a folder under src/) and its floor. An import goes down a floor or stays in its room. */
const floors: Readonly<Record<string, number>> = {
  errors: 0,
  message: 0,
  domain: 1,
  ports: 1,
  runtime: 2,
  stores: 2,
  transports: 2,
  testing: 2,
  http: 3,
  hosts: 4,
  cli: 5,
};

/** Rooms on one floor do not know each other, but for these. */
const neighbours: readonly (readonly [from: string, to: string])[] = [
  ["message", "errors"],
  ["stores/memory", "stores/foundation"],
  ["stores/sqlite", "stores/foundation"],
  ["stores/postgres", "stores/foundation"],
];

/** Each folder in these is a room of its own: a store never imports another, nor a host. */
const housesOfRooms = new Set(["stores", "hosts"]);

/** The package's entry point gathers public names from below this floor, and no source imports it. */
const entryPoint = "src/index.ts";
const entryPointFloor = 3;

interface Place {
  readonly room: string;
  readonly floor: number;
}

/** Where a source file stands, or undefined if no room of the house has it. */
export function placeOf(file: string): Place | undefined {
  if (file === entryPoint) return { room: entryPoint, floor: entryPointFloor };
  const [, folder = "", inner = "", ...rest] = file.split("/");
  const floor = floors[folder];
  if (floor === undefined || inner === "") return undefined;
  if (!housesOfRooms.has(folder)) return { room: folder, floor };
  return rest.length > 0 ? { room: `${folder}/${inner}`, floor } : undefined;
}

/** Why a file in `from` must not import one in `to`; undefined if it may. */
export function objectionTo(from: Place, to: Place): string | undefined {
  if (to.room === entryPoint) return "no source imports the entry point";
  if (from.room === to.room || to.floor < from.floor) return undefined;
  if (neighbours.some(([a, b]) => a === from.room && b === to.room)) return undefined;
  return `${from.room} is on floor ${from.floor}, ${to.room} on floor ${to.floor}`;
}
