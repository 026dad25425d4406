/** Something was not kept; ends the history. */
export class Violation extends Error {}
