const posixClasses: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/**
 * Compiles a pattern in Go's syntax. What Go knows and JavaScript spells otherwise is translated: flags in front, named
 * groups, `\A` and `\z`, POSIX classes, needless escapes.
 * @throws SyntaxError when it is no pattern
 */
export function goRegExp(pattern: string): RegExp {
  const [, letters = ""] = /^\(\?([imsU]+)\)/.exec(pattern) ?? [];
  const body = letters === "" ? pattern : pattern.slice(letters.length + 3);
  const flags = [...new Set(`u${letters.replace("U", "")}`)].join("");
  if (/\(\?[=!<](?![A-Za-z])|\\[1-9]/.test(body)) throw new SyntaxError(`invalid or unsupported Perl syntax: ${pattern}`);
  const translated = body
    .replaceAll("(?P<", "(?<")
    .replace(/\[:(\^?)([a-z]+):\]/g, (all, _negated: string, name: string) => posixClasses[name] ?? all)
    .replace(/\\(.)/gsu, (all, char: string) => {
      if (char === "A") return "^";
      if (char === "z") return "$";
      if (char === "a") return "\\x07";
      const isPunctuation = /[\x21-\x7e]/.test(char) && !/[0-9A-Za-z]/.test(char);
      if (!isPunctuation) return all;
      return /[\^$\\.*+?()[\]{}|/-]/.test(char) ? (char === "-" ? "\\x2D" : all) : char;
    });
  return new RegExp(translated, flags);
}
