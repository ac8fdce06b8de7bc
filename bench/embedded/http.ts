/** Filled in with the HTTP interface. */
export async function httpCases(): Promise<void> {}
