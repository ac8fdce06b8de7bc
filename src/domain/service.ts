import type { Access, AnyAccess } from "./access.ts";
import type { AnyAggregate } from "./aggregate.ts";
import type { AggregateDefinition } from "./aggregate-definition.ts";
import type { Policy, PolicyDefinition } from "./policy.ts";
import type { Projection, ProjectionDefinition } from "./projection.ts";
import { requireDeclared } from "./require-declared.ts";
import type { View, ViewDefinition } from "./view.ts";

/** A declared service: a bounded context and the unit of deployment. */
export interface Service {
  readonly kind: "service";
  readonly name: string;
  readonly definition: ServiceDefinition;
}

/** What the runtime sees of a service. */
export interface ServiceDefinition {
  readonly name: string;
  readonly aggregates: readonly AggregateDefinition[];
  readonly views: readonly ViewDefinition[];
  readonly policies: readonly PolicyDefinition[];
  readonly projections: readonly ProjectionDefinition[];
  readonly access: AnyAccess | undefined;
}

export interface ServiceDeclaration<A extends readonly AnyAggregate[], V extends readonly View[]> {
  /** Kebab-case. */
  readonly name: string;
  readonly aggregates: A;
  readonly views?: V;
  readonly policies?: readonly Policy[];
  /** What events do to tables of its own: see `projection` of `millrace/postgres`. */
  readonly projections?: readonly Projection[];
  /** Who may do what. Absent: whoever can reach the service may do everything. */
  readonly access?: NoInfer<Access<A, V>>;
}

/** Declares a service. Throws `declaration-invalid` where its parts do not go together. */
export function service<const A extends readonly AnyAggregate[], const V extends readonly View[] = []>(
  declaration: ServiceDeclaration<A, V>,
): Service {
  const { name, aggregates, views = [], policies = [], projections = [] } = declaration;
  requireDeclared(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name),
    `A service's name is kebab-case, such as "accounts"; found ${JSON.stringify(name)}.`,
  );
  requireDeclared(aggregates.length > 0, `Service ${name} declares no aggregate; expected at least one.`);
  requireDistinct(
    name,
    "aggregate",
    aggregates.map((aggregate) => aggregate.name),
  );
  requireDistinct(
    name,
    "collection",
    aggregates.map((aggregate) => aggregate.collection),
  );
  requireDistinct(
    name,
    "view",
    views.map((view) => view.name),
  );
  requireDistinct(
    name,
    "policy",
    policies.map((policy) => policy.name),
  );
  requireDistinct(
    name,
    "projection",
    projections.map((projection) => projection.name),
  );
  const processors = [...views, ...policies, ...projections];
  const both = processors.find((one) =>
    processors.some((other) => other.kind !== one.kind && other.name === one.name),
  );
  const kinds = processors.filter((one) => one.name === both?.name).map(({ kind }) => `a ${kind}`);
  requireDeclared(
    both === undefined,
    `Service ${name} declares ${kinds.join(" and ")} ${JSON.stringify(both?.name)}; expected names of their own, because all are processors and are paused, resumed and retried by name.`,
  );
  const own = new Set(aggregates.map((aggregate) => aggregate.definition));
  for (const { name: reader, definition } of processors) {
    const foreign = definition.from.find((source) => !own.has(source));
    requireDeclared(
      foreign === undefined,
      `${reader} reads ${foreign?.name}, which is not an aggregate of service ${name}; expected among ${aggregates.map((aggregate) => aggregate.name).join(", ")}.`,
    );
  }
  const definition: ServiceDefinition = {
    name,
    aggregates: aggregates.map((aggregate) => aggregate.definition),
    views: views.map((view) => view.definition),
    policies: policies.map((policy) => policy.definition),
    projections: projections.map((projection) => projection.definition),
    access: declaration.access as AnyAccess | undefined,
  };
  return { kind: "service", name, definition };
}

function requireDistinct(service: string, what: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  requireDeclared(
    twice === undefined,
    `Service ${service} declares two of ${what} ${JSON.stringify(twice)}.`,
  );
}
