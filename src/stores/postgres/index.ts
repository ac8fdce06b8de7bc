export { openPostgres, type PostgresOptions, type PostgresStore } from "./open-postgres.ts";
