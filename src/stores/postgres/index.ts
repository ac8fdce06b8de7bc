export { type GrantOptions, postgresGrants } from "./grants.ts";
export { type MigrateOptions, migratePostgres } from "./migrate-postgres.ts";
export { openPostgres, type PostgresOptions, type PostgresStore } from "./open-postgres.ts";
export { type PostgresProjectionDeclaration, projection } from "./projection.ts";
