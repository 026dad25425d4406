import { describe } from "vitest";
import { tellStories } from "./stories/index.ts";

describe("names on embedded API servers", () => tellStories("embedded"));
