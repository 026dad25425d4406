import { describe } from "vitest";
import { fleetFor } from "../support/fleet.ts";
import { tellStories } from "./stories/index.ts";

describe("placement on embedded API servers", () => tellStories(fleetFor("embedded")));
