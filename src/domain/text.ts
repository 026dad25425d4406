const MAX_MESSAGE = 300;

/** A message as status can hold it: at most 300 characters. */
export const cut = (message: string): string => (message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`);
