export { type MemoryOptions, type MemoryStore, openMemory } from "./open-memory.ts";
