import { describe, expect, it } from "vitest";
import { ConfigError, readConfig, readDuration } from "../src/config.ts";

describe("configuration", () => {
  it("has defaults", () => {
    expect(readConfig({}, {})).toMatchObject({
      httpPort: 8080,
      logLevel: "info",
      allowExec: false,
      concurrency: 8,
      probeSeconds: 10,
    });
  });

  it("takes flags before variables", () => {
    expect(readConfig({ httpPort: "9" }, { FAP_HTTP_PORT: "10", FAP_LOG_LEVEL: "debug" })).toMatchObject({
      httpPort: 9,
      logLevel: "debug",
    });
  });

  it("takes a replica's name from the pod", () => {
    expect(readConfig({}, { POD_NAME: "fap-0", HOSTNAME: "node" }).instance).toBe("fap-0");
  });

  it.each([
    [{ httpPort: "http" }, /httpPort \(or FAP_HTTP_PORT\)/],
    [{ logLevel: "loud" }, /logLevel \(or FAP_LOG_LEVEL\)/],
    [{ concurrency: "0" }, /concurrency/],
    [{ probeNetworks: "10.0.0.0" }, /FAP_PROBE_NETWORKS.*e\.g\. 10\.0\.0\.0/],
    [{ typo: true }, /typo/],
  ])("refuses %o and names it", (flags, message) => {
    expect(() => readConfig(flags, {})).toThrow(ConfigError);
    expect(() => readConfig(flags, {})).toThrow(message);
  });

  it("cannot be changed afterwards", () => {
    expect(Object.isFrozen(readConfig({}, {}))).toBe(true);
  });

  it.each([
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
  ])("reads the duration %s", (text, ms) => {
    expect(readDuration(text)).toBe(ms);
  });

  it.each(["", "10", "10 m", "soon"])("refuses the duration %j", (text) => {
    expect(() => readDuration(text)).toThrow(/is not a duration such as/);
  });
});

it.each([
  [undefined, ["istio-ingress", "istio-system"]],
  ["", []],
  ["gateways,edge-1", ["gateways", "edge-1"]],
])("certificates may be issued, by --certificate-namespaces %j, in %j", (flag, namespaces) => {
  const flags = flag === undefined ? {} : { certificateNamespaces: flag };
  expect(readConfig(flags, {}).certificateNamespaces).toEqual(namespaces);
});

it.each([
  [undefined, undefined],
  ["", []],
  [
    "shop=shop.example.com,*=apps.example.com",
    [
      { namespace: "shop", domain: "shop.example.com" },
      { namespace: "*", domain: "apps.example.com" },
    ],
  ],
])("names may be claimed, by --fqdn-namespaces %j, in %j", (flag, rights) => {
  expect(readConfig(flag === undefined ? {} : { fqdnNamespaces: flag }, {}).fqdnNamespaces).toEqual(rights);
});

it.each(["shop", "shop=", "shop=*.example.com", "shop=a.example.com, pay=b.example.com", "Shop=a.example.com"])(
  "%j says of no namespace which names it may have",
  (text) => {
    expect(() => readConfig({}, { FAP_FQDN_NAMESPACES: text })).toThrow(
      /^fqdnNamespaces\.\d \(or FAP_FQDN_NAMESPACES\): expected NAMESPACE=DOMAIN/,
    );
  },
);

it("names of namespaces are separated by commas alone", () => {
  expect(() => readConfig({}, { FAP_CERTIFICATE_NAMESPACES: "gateways, edge" })).toThrow(
    /^certificateNamespaces \(or FAP_CERTIFICATE_NAMESPACES\): names of namespaces, separated by commas$/,
  );
});
