import type { JsonSchema } from "../domain/schema.ts";

/** Longer lines are broken. */
const width = 100;

/** A type as text, and whether it must stand in parentheses within another one. */
interface Printed {
  readonly text: string;
  readonly loose: boolean;
  /** The members of a union. */
  readonly either?: readonly string[];
}

interface Alias {
  readonly name: string;
  text: string;
}

interface Place {
  /** The schema that `$ref`s point into. */
  readonly root: JsonSchema;
  /** What `$ref: "#"` is called. */
  readonly name: string;
  readonly indent: number;
  /** Aliases that stand for the type at this place itself: TypeScript refuses one that comes to itself so. */
  readonly itself: ReadonlySet<string>;
}

const unknown = only("unknown");
const never = only("never");

/** An object without fields, to which no field can be written. */
const noFields = "Record<string, never>";

const ofType: Readonly<Record<string, Printed>> = {
  string: only("string"),
  number: only("number"),
  integer: only("number"),
  boolean: only("boolean"),
  null: only("null"),
};

/**
 * Prints JSON Schemas (draft 2020-12) as TypeScript: a type takes all that its schema lets through, and as little else as a
 * type can. What has no type of its own is `unknown`; what is referred to by `$ref` becomes an alias.
 */
export class TypePrinter {
  readonly #aliases = new Map<string, Alias>();

  /** The type of what a schema lets through, for a place that is indented by so many spaces. */
  print(schema: JsonSchema, name: string, indent: number): string {
    return this.#print(schema, { root: schema, name, indent, itself: new Set() }).text;
  }

  /** The declarations of the aliases that the types printed so far use. */
  aliases(): readonly string[] {
    return [...new Set(this.#aliases.values())].map(({ name, text }) => `type ${name} =${spaced(text)};`);
  }

  #print(schema: unknown, place: Place): Printed {
    if (schema === false) return never;
    if (!isObject(schema)) return unknown;
    if (Array.isArray(schema.enum)) return unionOf(schema.enum.map(literalOf), place.indent);
    if ("const" in schema) return literalOf(schema.const);
    const parts = [
      ...(typeof schema.$ref === "string" ? [this.#referred(schema.$ref, place)] : []),
      ...[schema.anyOf, schema.oneOf].filter(Array.isArray).map((any) => this.#union(any, place)),
      ...(Array.isArray(schema.allOf) ? schema.allOf.map((one) => this.#print(one, place)) : []),
    ].filter(({ text }) => text !== "unknown");
    // Beside what says more, `type: "object"` says nothing.
    const typed = parts.length > 0 && isBareObject(schema) ? unknown : this.#typed(schema, place);
    return intersectionOf([...parts, typed], place.indent);
  }

  #union(schemas: readonly unknown[], place: Place): Printed {
    return unionOf(
      schemas.map((schema) => this.#print(schema, place)),
      place.indent,
    );
  }

  #typed(schema: JsonSchema, place: Place): Printed {
    const types = [schema.type ?? []].flat();
    if (types.length === 0) return unknown;
    return unionOf(
      types.map((type) => {
        if (type === "object") return this.#object(schema, place);
        return type === "array" ? this.#array(schema, place) : (ofType[String(type)] ?? unknown);
      }),
      place.indent,
    );
  }

  #object(schema: JsonSchema, place: Place): Printed {
    const properties = isObject(schema.properties) ? schema.properties : {};
    const required = new Set(stringsIn(schema.required));
    const { additionalProperties: others, patternProperties } = schema;
    const allowed = isObject(schema.propertyNames) ? stringsIn(schema.propertyNames.enum) : [];
    const names = new Set([...Object.keys(properties), ...required, ...(isObject(others) ? allowed : [])]);
    const inner = { ...place, indent: place.indent + 2, itself: new Set<string>() };
    const members = [...names].map((name) => {
      const own = Object.hasOwn(properties, name) ? properties[name] : patternProperties ? true : others;
      const printed = this.#print(own ?? true, inner);
      return required.has(name)
        ? memberOf(nameOf(name), printed.text)
        : memberOf(`${nameOf(name)}?`, unionOf([printed, only("undefined")], inner.indent).text);
    });
    const isOpen = patternProperties !== undefined || (others !== undefined && others !== false);
    if (isOpen && names.size === 0) {
      const { text } = this.#print(patternProperties === undefined ? others : true, inner);
      members.push(memberOf("[key: string]", text));
    } else if ((isOpen && allowed.length === 0) || isBareObject(schema)) {
      // What fields without a name hold may differ from those that have one, which TypeScript cannot say.
      members.push("[key: string]: unknown");
    }
    return only(members.length === 0 ? noFields : objectOf(members, place.indent));
  }

  #array(schema: JsonSchema, place: Place): Printed {
    const inner = { ...place, itself: new Set<string>() };
    if (!Array.isArray(schema.prefixItems)) {
      if (schema.items === false) return only("[]");
      return only(`${tight(this.#print(schema.items ?? true, inner))}[]`);
    }
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema as Readonly<Record<string, number>>;
    const first = schema.prefixItems.slice(0, maxItems).map((item, index) => {
      const printed = this.#print(item, inner);
      return index < minItems ? printed.text : `${tight(printed)}?`;
    });
    const isClosed = schema.items === false || maxItems <= first.length;
    const rest = isClosed ? [] : [`...${tight(this.#print(schema.items ?? true, inner))}[]`];
    return only(`[${[...first, ...rest].join(", ")}]`);
  }

  #referred(ref: string, place: Place): Printed {
    const schema = pointedAt(place.root, ref);
    if (schema === undefined) return unknown;
    const key = JSON.stringify([ref, schema, place.root.$defs, place.root.definitions]);
    const known = this.#aliases.get(key);
    if (known !== undefined) return place.itself.has(known.name) ? unknown : only(known.name);
    const name = this.#freeName(ref === "#" ? place.name : (ref.split("/").at(-1) ?? place.name));
    const alias: Alias = { name, text: "unknown" };
    this.#aliases.set(key, alias);
    const count = this.#aliases.size;
    alias.text = this.#print(schema, { ...place, indent: 0, itself: new Set([...place.itself, name]) }).text;
    const twin = count === this.#aliases.size ? this.#twinOf(alias) : undefined;
    if (twin !== undefined) this.#aliases.set(key, twin);
    return only((twin ?? alias).name);
  }

  /** An alias of the same type under another name: schemas differ in more than types do. */
  #twinOf({ name, text }: Alias): Alias | undefined {
    const own = new RegExp(`\\b${name}\\b`, "g");
    return [...this.#aliases.values()].find(
      (other) => other.name !== name && other.text === text.replace(own, other.name),
    );
  }

  #freeName(wanted: string): string {
    const words = wanted.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
    const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
    const name = /^[A-Z]/.test(joined) ? joined : `Type${joined}`;
    const taken = new Set(["Record", ...[...this.#aliases.values()].map((alias) => alias.name)]);
    let free = name;
    for (let count = 2; taken.has(free); count++) free = `${name}${count}`;
    return free;
  }
}

/** An object type with these members, on one line where that is short enough. */
export function objectOf(members: readonly string[], indent: number): string {
  if (members.length === 0) return "Record<never, never>";
  const line = `{ ${members.join("; ")} }`;
  if (fits(line, indent)) return line;
  const margin = " ".repeat(indent);
  return `{\n${members.map((member) => `${margin}  ${member};\n`).join("")}${margin}}`;
}

/** A member of an object type. */
export function memberOf(name: string, type: string): string {
  return `${name}:${spaced(type)}`;
}

/** A type that is broken into lines begins on one of its own. */
function spaced(type: string): string {
  return type.startsWith("\n") ? type : ` ${type}`;
}

/** The name of a field, in quotes where it needs them. */
export function nameOf(field: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(field) ? field : JSON.stringify(field);
}

function unionOf(members: readonly Printed[], indent: number): Printed {
  const texts = members.flatMap(({ text, either = [text] }) => either);
  const distinct = [...new Set(texts)].filter((text) => text !== "never");
  const [first, ...others] = distinct;
  if (first === undefined) return never;
  if (distinct.includes("unknown")) return unknown;
  if (others.length === 0) return members.find(({ text }) => text === first) ?? only(first);
  const line = distinct.join(" | ");
  const margin = " ".repeat(indent);
  const text = fits(line, indent)
    ? line
    : distinct.map((one) => `\n${margin}  | ${one.replaceAll("\n", "\n    ")}`).join("");
  return { text, loose: true, either: distinct };
}

function intersectionOf(members: readonly Printed[], indent: number): Printed {
  const distinct = members.filter(
    ({ text }, index) => text !== "unknown" && members.findIndex((other) => other.text === text) === index,
  );
  // Crossed with anything, it would leave no field of it.
  const parts = distinct.length > 1 ? distinct.filter(({ text }) => text !== noFields) : distinct;
  const [first, ...others] = parts;
  if (first === undefined) return unknown;
  if (others.length === 0) return first;
  if (parts.includes(never)) return never;
  const line = parts.map(tight).join(" & ");
  return {
    text: fits(line, indent) ? line : parts.map(tight).join(` &\n${" ".repeat(indent)}`),
    loose: true,
  };
}

function literalOf(value: unknown): Printed {
  if (Array.isArray(value)) return only(`[${value.map((item) => literalOf(item).text).join(", ")}]`);
  if (!isObject(value)) return only(JSON.stringify(value));
  const members = Object.entries(value).map(([name, item]) => `${nameOf(name)}: ${literalOf(item).text}`);
  return only(members.length === 0 ? noFields : `{ ${members.join("; ")} }`);
}

function only(text: string): Printed {
  return { text, loose: false };
}

function tight({ text, loose }: Printed): string {
  return loose ? `(${text})` : text;
}

function fits(line: string, indent: number): boolean {
  return !line.includes("\n") && indent + line.length <= width;
}

function pointedAt(root: JsonSchema, ref: string): unknown {
  if (!/^#(\/|$)/.test(ref)) return undefined;
  const keys = ref
    .split("/")
    .slice(1)
    .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
  return keys.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, key) ? at[key as never] : undefined,
    root,
  );
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object of which nothing more is said. */
function isBareObject(schema: JsonSchema): boolean {
  return (
    schema.type === "object" &&
    !["properties", "required", "additionalProperties", "patternProperties"].some((key) => key in schema)
  );
}

function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
