import { describe } from "vitest";
import { fleetFor } from "../support/fleet.ts";
import { tellStories } from "./stories/index.ts";

describe("certificates on embedded API servers", () => tellStories("embedded", fleetFor("embedded")));
