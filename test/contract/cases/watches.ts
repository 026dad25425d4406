import { group, type Step } from "../case.ts";
import { configMap } from "./objects.ts";

const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const one = [["POST cm", configMap("a", { k: "1" }, { labels: { app: "x" } })]] as const;
const two = [...one, ["PUT cm/a", configMap("a", { k: "2" })]] as const;
/** What is there is read from a cache, which may not have heard of the last write; a list of that version waits until it has. */
const upTo = (step: number): Step => [`GET cm?resourceVersion={rv:${step}}`];
const w = (q: string) => [`GET cm?watch=true&${q}`] as const;
const init = "resourceVersionMatch=NotOlderThan";

/** What a watch may be asked for. */
export const watches = group("watches", {
  "a time that is no number": [
    ["GET cm?watch=true&timeoutSeconds=abc"],
    ["GET cm?timeoutSeconds=abc"],
    w("timeoutSeconds=1.5"),
    w("timeoutSeconds=99999999999999999999"),
  ],
  "whatever does not deny it asks for a watch": [
    ["GET cm?watch=yes&timeoutSeconds=1"],
    ["GET cm?watch=t&timeoutSeconds=1"],
    ["GET cm?watch=1&timeoutSeconds=1"],
    ["GET cm?watch=0"],
    ["GET cm?watch=false"],
    ["GET cm?watch=FALSE"],
    ["GET cm?watch&timeoutSeconds=1"],
    ["GET cm?watch=TRUE&timeoutSeconds=1"],
    ["GET cm?watch=f&timeoutSeconds=1"],
    ["GET cm?watch=no&timeoutSeconds=1"],
  ],
  "whatever does not deny it asks for initial events": [
    ...one,
    w(`sendInitialEvents=yes&${init}&allowWatchBookmarks=true&timeoutSeconds=1`),
    w(`sendInitialEvents=&${init}&allowWatchBookmarks=true&timeoutSeconds=1`),
    w(`sendInitialEvents=0&${init}&resourceVersion={rv:0}&timeoutSeconds=1`),
    w(`sendInitialEvents=t&${init}&allowWatchBookmarks=true&timeoutSeconds=1`),
  ],
  "initial events without bookmarks have no end": [...one, w(`sendInitialEvents=true&${init}&timeoutSeconds=1`)],
  "initial events of the future": [
    ...one,
    w(`sendInitialEvents=true&${init}&allowWatchBookmarks=true&resourceVersion=900000000&timeoutSeconds=1`),
  ],
  "a watch from the future": [...one, w("resourceVersion=900000000&timeoutSeconds=1")],
  "a resourceVersion that is out of range": [
    w("resourceVersion=99999999999999999999999&timeoutSeconds=1"),
    ["GET cm?resourceVersion=99999999999999999999999"],
    w("resourceVersion=-1&timeoutSeconds=1"),
    w("resourceVersion=9223372036854775808&timeoutSeconds=1"),
  ],
  "one object is read, not watched": [...one, ["GET cm/a?watch=true"], ["GET cm/b?watch=true"]],
  "forms in which there are watches": [
    ...one,
    ["GET cm?watch=true&timeoutSeconds=1", undefined, undefined, { accept: "text/html" }],
    ["GET cm?watch=true&timeoutSeconds=1", undefined, undefined, { accept: "*/*" }],
  ],
  "only the first table has columns": [
    ...two,
    ["POST cm", configMap("b")],
    ["GET cm?watch=true&timeoutSeconds=1&resourceVersion={rv:0}", undefined, undefined, table],
  ],
  "only the first table of what is there has columns": [
    ...two,
    ["POST cm", configMap("b")],
    upTo(2),
    ["GET cm?watch=true&timeoutSeconds=1", undefined, undefined, table],
  ],
  "initial events as tables": [
    ...one,
    [`GET cm?watch=true&sendInitialEvents=true&${init}&allowWatchBookmarks=true&timeoutSeconds=1`, undefined, undefined, table],
  ],
  "paths that watch": [
    ...two,
    upTo(1),
    ["GET /api/v1/watch/namespaces/{ns}/configmaps?timeoutSeconds=1"],
    ["GET /api/v1/watch/namespaces/{ns}/configmaps/a?timeoutSeconds=1&resourceVersion={rv:0}"],
    ["GET /api/v1/watch/configmaps?timeoutSeconds=1&labelSelector=nope"],
    ["GET /apis/apps/v1/watch/namespaces/{ns}/deployments?timeoutSeconds=1"],
    ["GET /apis/contract.example.com/v1/watch/namespaces/{ns}/plains?timeoutSeconds=1"],
  ],
  "paths that watch know no other method, but for those of custom kinds": [
    ["POST cm", configMap("a")],
    ...["POST", "PUT", "PATCH", "DELETE", "HEAD"].flatMap((method): Step[] =>
      [
        "/api/v1/watch/namespaces/{ns}/configmaps",
        "/api/v1/watch/namespaces/{ns}/configmaps/a",
        "/api/v1/watch/configmaps",
        "/api/v1/watch/namespaces/{ns}",
      ].map((path) => [`${method} ${path}`, configMap("a")]),
    ),
    ...["POST", "PUT", "PATCH", "DELETE"].map(
      (method): Step => [`${method} /apis/contract.example.com/v1/watch/namespaces/{ns}/plains?timeoutSeconds=1`, {}],
    ),
    ["GET /api/v1/watch/namespaces/{ns}?timeoutSeconds=1"],
    ["GET /api/v1/watch/nonsense?timeoutSeconds=1"],
    ["POST /api/v1/watch/nonsense", {}],
  ],
  "parameters that do not fit": [
    w("resourceVersionMatch=Exact&resourceVersion=1&sendInitialEvents=true"),
    w("resourceVersionMatch=NotOlderThan"),
    w("limit=x&timeoutSeconds=1"),
    w("labelSelector=a,,b"),
    w("fieldSelector=nonsense"),
  ],
  "whatever does not deny it asks for bookmarks": [w("allowWatchBookmarks=x&timeoutSeconds=1&labelSelector=nope")],
});
