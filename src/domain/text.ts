const MAX_MESSAGE = 300;

/** A message as status can hold it: at most 300 characters, or as many as are said. */
export const cut = (message: string, max = MAX_MESSAGE): string =>
  message.length <= max ? message : `${message.slice(0, max - 1)}…`;

/** "1 cluster", "3 clusters". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
