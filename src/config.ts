import { z } from "zod";
import { SHARED_GATEWAY_NAMESPACES } from "./api/accesspoint/certificates.ts";
import { duration, milliseconds } from "./api/meta.ts";

const network = z.union([z.cidrv4(), z.cidrv6()], "expected networks with commas between them, e.g. 10.0.0.0/8,fd00::/8");

const right = z
  .string()
  .regex(
    /^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)=([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    "expected NAMESPACE=DOMAIN with commas between them, e.g. shop=shop.example.com,*=apps.example.com",
  )
  .transform((text) => {
    const [namespace = "", domain = ""] = text.split("=");
    return { namespace, domain };
  });

const flag = z.stringbool().or(z.boolean());

const schema = z.strictObject({
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe("Kubeconfig of the hub. Default: the in-cluster configuration, then KUBECONFIG."),
  httpPort: z.coerce.number().int().min(0).max(65535).default(8080).describe("Port of /metrics, /healthz and /readyz; 0 for any."),
  leaderElect: flag.optional().describe("Only one replica works at a time. Default: true in a pod, false elsewhere."),
  leaderElectNamespace: z.string().default("fap-system").describe("Namespace of the Lease."),
  allowExec: flag.default(false).describe("Member kubeconfigs may run programs (user.exec)."),
  logLevel: z.enum(["error", "warn", "info", "debug"]).default("info").describe("What is logged."),
  logFormat: z.enum(["json", "text"]).optional().describe("Default: text on a terminal, json elsewhere."),
  concurrency: z.coerce.number().int().min(1).max(64).default(8).describe("AccessPoints that are looked at at once."),
  probeSeconds: z.coerce.number().min(0.1).max(3600).default(10).describe("Seconds between two probes of a member cluster."),
  certificateNamespaces: z
    .string()
    .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?(,[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$/, "names of namespaces, separated by commas")
    .default(SHARED_GATEWAY_NAMESPACES.join(","))
    .transform((names) => (names === "" ? [] : names.split(",")))
    .describe(
      "Namespaces of members, besides an AccessPoint's own, in which gateways run: certificates may be issued there, and Services there go before those of other namespaces; empty: none.",
    ),
  fqdnNamespaces: z
    .string()
    .transform((text) => (text === "" ? [] : text.split(",")))
    .pipe(z.array(right))
    .optional()
    .describe(
      "Domains whose names NameServices may claim, by namespace: NAMESPACE=DOMAIN with commas between them, * for every namespace. Default: every namespace may claim every name; empty: none may claim any.",
    ),
  gateHosts: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((host) => host.trim().toLowerCase())
        .filter(Boolean),
    )
    .describe(
      "Hosts that gates may call, with commas between them: name, *.domain or *. Default: any by https that is not at a private address, and loopback.",
    ),
  probeNetworks: z
    .string()
    .transform((text) => text.split(",").map((network) => network.trim()))
    .pipe(z.array(network))
    .optional()
    .describe(
      "Networks in which VIPs may be probed (spec.traffic.probe). Default: all but loopback, and IPv6 that hides IPv4 (NAT64, 6to4). Link-local and multicast addresses and those where clouds serve credentials never are.",
    ),
  resolver: z
    .string()
    .regex(/^([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}$/, "expected HOST:PORT, e.g. 10.0.0.10:53 or [fd00::10]:53")
    .optional()
    .describe("Name server that is asked whether it answers what NameServices say. Default: none is asked."),
  instance: z.string().default("").describe("Name of this replica."),
});

/** What the controller is started with. Frozen; nothing else reads flags or the environment. */
export type Config = Readonly<z.output<typeof schema>>;

/** A flag or variable that cannot be used. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * The milliseconds of a flag like "90s", "10m" or "1h30m".
 *
 * @throws ConfigError when it is not one.
 */
export function readDuration(text: string): number {
  const parsed = duration().safeParse(text);
  if (!parsed.success) throw new ConfigError(`${JSON.stringify(text)} is not a duration such as 90s, 10m or 1h`);
  return milliseconds(parsed.data);
}

const VARIABLE_OF = (option: string): string => `FAP_${option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/**
 * Flags first, then variables: `--http-port` or FAP_HTTP_PORT.
 *
 * @throws ConfigError naming every option that is wrong.
 */
export function readConfig(
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const fromEnvironment = Object.keys(schema.shape).flatMap((option): [string, string][] => {
    const value = environment[VARIABLE_OF(option)];
    return value === undefined ? [] : [[option, value]];
  });
  const instance = environment["POD_NAME"] ?? environment["HOSTNAME"];
  const parsed = schema.safeParse({ ...(instance ? { instance } : {}), ...Object.fromEntries(fromEnvironment), ...flags });
  if (parsed.success) return Object.freeze(parsed.data);
  throw new ConfigError(
    parsed.error.issues.map(({ path, message }) => `${path.join(".")} (or ${VARIABLE_OF(String(path[0]))}): ${message}`).join("; "),
  );
}
