const MAX_MESSAGE = 300;

/** A message as status can hold it: at most 300 characters, or as many as are said. */
export const cut = (message: string, max = MAX_MESSAGE): string =>
  message.length <= max ? message : `${message.slice(0, max - 1)}…`;

/** "1 cluster", "3 clusters". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** "lvs-1, lvs-2", or the first five and how many there are more. */
export const listed = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
