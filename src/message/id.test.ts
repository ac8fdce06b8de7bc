import fc from "fast-check";
import { validate, version } from "uuid";
import { expect, test } from "vitest";
import { commandIdOfKey, derivedId, eventIdOf, newId } from "./id.ts";

const parts = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.maxSafeInteger()), { maxLength: 6 });

test("G7: a derived id is the same in every release", () => {
  expect(derivedId()).toBe("e3b0c442-98fc-8c14-9afb-f4c8996fb924");
  expect(derivedId("policy", "event-1", 3)).toBe("8bcb3c38-2d63-8154-a605-9a39870f8af0");
  expect(derivedId("ü😀")).toBe("8b158faf-d39c-8565-8384-68dab5713f2a");
  expect(commandIdOfKey("alice", "key-1")).toBe("503ad4b3-db61-8842-87c4-8b0dc6996873");
  expect(commandIdOfKey(undefined, "key-1")).toBe("72bfd6d2-bb80-8085-8b66-f45197c6e884");
});

test("a derived id is a valid UUIDv8", () => {
  fc.assert(
    fc.property(parts, (list) => {
      const id = derivedId(...list);
      expect(validate(id)).toBe(true);
      expect(version(id)).toBe(8);
    }),
  );
});

test("G7: the same parts give the same id, and others another", () => {
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const same = a.length === b.length && a.every((part, index) => String(part) === String(b[index]));
      expect(derivedId(...a) === derivedId(...b)).toBe(same);
    }),
  );
});

test("G7: parts never run together", () => {
  const lists = [
    ["ab", "c"],
    ["a", "bc"],
    ["abc"],
    ["abc", ""],
    ["", "abc"],
    ["a", "b", "c"],
    ["2:ab", "c"],
    ["1:a2:bc"],
    [],
  ];
  expect(new Set(lists.map((list) => derivedId(...list))).size).toBe(lists.length);
});

test("G4: a key names another command for each actor, and for a caller who is none", () => {
  const ids = [
    commandIdOfKey(undefined, "k"),
    commandIdOfKey("anonymous", "k"),
    commandIdOfKey("a", "k"),
    commandIdOfKey("b", "k"),
    commandIdOfKey("a", "l"),
    commandIdOfKey("", "k"),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(commandIdOfKey("a", "k")).toBe(commandIdOfKey("a", "k"));
});

test("new ids are UUIDv7, unique, and ascend", () => {
  const ids = Array.from({ length: 1000 }, newId);
  expect(new Set(ids).size).toBe(1000);
  expect(ids.toSorted()).toEqual(ids);
  for (const id of ids) expect(version(id)).toBe(7);
});

test("an event's id is its command's and its index", () => {
  expect(eventIdOf("command-1", 2)).toBe("command-1.2");
});
