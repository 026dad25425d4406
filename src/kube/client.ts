/** A client of one API server: what it can be asked (verbs.ts), and one that asks over HTTP. */
export { type ClientOptions, createClient } from "./http-client.ts";
export type * from "./verbs.ts";
