export * from "../api/resource.ts";
