import type { AnyAggregate } from "./aggregate.ts";
import { marksPrefix } from "./reference-marks.ts";
import type { View } from "./view.ts";

/** Who asks, as authentication told. */
export interface Actor {
  /** Lands in the metadata of commands and events. */
  readonly id: string;
  readonly roles: readonly string[];
  /** The verified claims of the token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Who may: everybody, whoever is authenticated, actors with a role, or those that a pure function lets in. */
export type AccessRule = "anyone" | "authenticated" | { readonly role: string } | ((actor: Actor) => boolean);

type CommandNames<A> = A extends AnyAggregate<infer T> ? keyof T["commands"] & string : never;

/**
 * The rules of a service. Once there is any, whatever no rule speaks of is denied (G12). `read` of an aggregate covers
 * its state, offered commands and history; `read` of a view covers rows and live changes.
 */
export interface Access<A extends readonly AnyAggregate[], V extends readonly View[]> {
  readonly aggregates?: {
    readonly [N in A[number]["name"]]?: {
      readonly read?: AccessRule;
      /** One rule for all commands, or one for each. */
      readonly commands?:
        | AccessRule
        | { readonly [C in CommandNames<Extract<A[number], { readonly name: N }>>]?: AccessRule };
    };
  };
  readonly views?: {
    readonly [N in V[number]["name"]]?: {
      readonly read?: AccessRule;
      /** Which rows an actor sees: those that have these values of indexed fields. Anonymous callers see none. */
      readonly rows?: (actor: Actor) => Readonly<Record<string, string | number | boolean | null>>;
    };
  };
  /** Who may read the integration events: other services, as a rule. */
  readonly feed?: AccessRule;
  /** Who may ask whether something that is referred to can be retired: the services that own it. */
  readonly references?: AccessRule;
}

/** Rules as the runtime sees them, with the names erased. */
export interface AnyAccess {
  readonly aggregates?: Readonly<
    Record<
      string,
      | {
          readonly read?: AccessRule;
          readonly commands?: AccessRule | Readonly<Record<string, AccessRule | undefined>>;
        }
      | undefined
    >
  >;
  readonly views?: Readonly<
    Record<
      string,
      | {
          readonly read?: AccessRule;
          readonly rows?: (actor: Actor) => Readonly<Record<string, string | number | boolean | null>>;
        }
      | undefined
    >
  >;
  readonly feed?: AccessRule;
  readonly references?: AccessRule;
}

/** Whether `rule` lets `actor` (undefined: nobody was authenticated) in. No rule lets nobody in. */
export function admits(rule: AccessRule | undefined, actor: Actor | undefined): boolean {
  if (rule === undefined) return false;
  if (rule === "anyone") return true;
  if (actor === undefined) return false;
  if (rule === "authenticated") return true;
  return typeof rule === "function" ? rule(actor) : actor.roles.includes(rule.role);
}

/** Whether `actor` may send a command. Without any rules everybody may. */
export function mayCommand(
  access: AnyAccess | undefined,
  aggregate: string,
  command: string,
  actor: Actor | undefined,
): boolean {
  if (access === undefined) return true;
  if (isMarks(aggregate)) return admits(access.references, actor);
  const commands = access.aggregates?.[aggregate]?.commands;
  return admits(isRule(commands) ? commands : commands?.[command], actor);
}

/** Whether `actor` may read an aggregate, its offered commands and its history. */
export function mayReadAggregate(
  access: AnyAccess | undefined,
  aggregate: string,
  actor: Actor | undefined,
): boolean {
  if (access === undefined) return true;
  return admits(isMarks(aggregate) ? access.references : access.aggregates?.[aggregate]?.read, actor);
}

/** Whether `actor` may read a view. */
export function mayReadView(access: AnyAccess | undefined, view: string, actor: Actor | undefined): boolean {
  return access === undefined || admits(access.views?.[view]?.read, actor);
}

/** Whether `actor` may read the integration events. */
export function mayReadFeed(access: AnyAccess | undefined, actor: Actor | undefined): boolean {
  return access === undefined || admits(access.feed, actor);
}

/** See `referenceMarks`: what a service keeps of what it refers to has a rule of its own. */
function isMarks(aggregate: string): boolean {
  return aggregate.startsWith(marksPrefix);
}

function isRule(value: unknown): value is AccessRule {
  return (
    typeof value === "string" ||
    typeof value === "function" ||
    (typeof value === "object" && value !== null && typeof (value as { role?: unknown }).role === "string")
  );
}
