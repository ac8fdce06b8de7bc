import { type Contestant, compare, judge, ratioOf } from "../measure.ts";
import { openCastore } from "./castore.ts";
import { copying } from "./copy.ts";
import { openEmmett } from "./emmett.ts";
import type { Ground } from "./ground.ts";
import { hasMessageDb, openMessageDb } from "./message-db.ts";
import { installPeers } from "./peers.ts";
import { preparedRows } from "./pgbench.ts";
import { openMillrace, writing } from "./writers.ts";

const callers = 32;
const events = 40_000;
const peerEvents = 8_000;
const manyCallers = 128;
const copied = 100_000;

/** Durable appends by many callers, next to competitors and to what the server allows. */
export async function appendCases(ground: Ground): Promise<void> {
  const rows = preparedRows(ground, { callers, events });
  const many = await compare(`Durable appends, ${callers} callers, distinct streams`, "events/s", [
    writing(ground, "millrace", { callers, events }, openMillrace),
    ...peers(ground),
    rows,
  ]);
  const targets = [
    ["Emmett", 8],
    ["message-db, a category per writer", 3],
    ["Castore", 2.5],
    [rows.name, 1.2],
  ] as const;
  for (const [name, target] of targets) {
    if (many.medians.has(name))
      judge(`millrace / ${name}`, ratioOf(many, "millrace", name), target, "at least");
  }

  const copy = copying(ground, copied);
  const most = await compare(`Durable appends, ${manyCallers} callers, next to COPY`, "events/s", [
    writing(ground, "millrace", { callers: manyCallers, events: copied }, openMillrace),
    copy,
  ]);
  judge("millrace / COPY", ratioOf(most, "millrace", copy.name), 0.25, "at least");
}

function peers(ground: Ground): readonly Contestant[] {
  if (!installPeers()) return [];
  const size = { callers, events: peerEvents };
  const contestants = [
    writing(ground, "Emmett", size, openEmmett),
    writing(ground, "Castore", size, openCastore),
  ];
  if (hasMessageDb()) {
    contestants.push(
      writing(ground, "message-db, a category per writer", size, (url) => openMessageDb(url, callers)),
    );
  } else console.log("message-db is left out: its package has no SQL.");
  return contestants;
}
