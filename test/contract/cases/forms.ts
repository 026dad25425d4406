import { group, type Step } from "../case.ts";
import { configMap } from "./objects.ts";

const meta = (as: string, version = "v1", of = "meta.k8s.io"): string => `application/json;as=${as};v=${version};g=${of}`;
const asked = (request: string, accept: string): Step => [request, undefined, undefined, { accept }];
/** Built-in and custom kinds, one and many. */
const everywhere = (...accepts: readonly string[]): Step[] =>
  accepts.flatMap((accept) => ["GET cm/a", "GET cm", "GET wd/w", "GET wd"].map((request) => asked(request, accept)));
const objects: readonly Step[] = [
  ["POST cm", configMap("a")],
  ["POST wd", { apiVersion: "contract.example.com/v1", kind: "Widget", metadata: { name: "w" }, spec: { size: 1 } }],
];

export const forms = group("forms", {
  "types that are not spoken": [
    ...objects,
    ...everywhere("text/plain", "text/*", "nonsense", "APPLICATION/JSON", "application/jsonx"),
  ],
  wildcards: [...objects, ...everywhere("*/*", "application/*", "text/plain,*/*;q=0.1", "*/*;q=0")],
  "the best is taken": [
    ...objects,
    ...everywhere(
      "application/yaml;q=0.5,application/json",
      "text/plain;q=0.9,application/json;q=0.1",
      "*/*,application/json;q=0.5",
    ),
  ],
  "transformations that there are not": [
    ...objects,
    ...everywhere(
      meta("Table", "v9"),
      meta("Table", "v1", "nope"),
      meta("Nope"),
      "application/json;as=Table",
      "application/json;v=v1",
      `${meta("Table", "v9")},application/json`,
    ),
  ],
  "a table of before": [...objects, ...everywhere(meta("Table", "v1beta1"))],
  "rows of before": [
    ...objects,
    ...["Object", "None", "Metadata"].map((include) => asked(`GET cm/a?includeObject=${include}`, meta("Table", "v1beta1"))),
    ["PATCH cm/a", {}, "merge", { accept: meta("Table", "v1beta1") }],
    ...["Table", "PartialObjectMetadata"].map((as) => asked("GET cm?watch=true&timeoutSeconds=1", meta(as, "v1beta1"))),
    ["DELETE cm/a", undefined, undefined, { accept: meta("Table", "v1beta1") }],
  ],
  "metadata of before": [
    ...objects,
    ...everywhere(meta("PartialObjectMetadata", "v1beta1"), meta("PartialObjectMetadataList", "v1beta1")),
  ],
  "reviews in other forms": [
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "/apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews",
  ].flatMap((path) =>
    [meta("Table"), meta("PartialObjectMetadata"), meta("PartialObjectMetadataList"), "text/plain"].map(
      (accept): Step => [`POST ${path}`, { spec: { user: "x", resourceAttributes: { namespace: "{ns}" } } }, undefined, { accept }],
    ),
  ),
  "metadata of one and of many": [...objects, ...everywhere(meta("PartialObjectMetadata"), meta("PartialObjectMetadataList"))],
  "what comes along with a table": [
    ...objects,
    ...["Bad", "", "None"].flatMap((include) =>
      ["cm", "cm/a", "wd", "cm/nope"].map((path) => asked(`GET ${path}?includeObject=${include}`, meta("Table"))),
    ),
    ["GET cm?includeObject=Bad"],
    asked("GET cm?includeObject=Bad&watch=true", meta("Table")),
  ],
  "writes and what is not there are refused alike": [
    ...objects,
    ["PATCH cm/a", {}, "merge", { accept: "text/plain" }],
    ["PATCH wd/w", {}, "merge", { accept: "text/plain" }],
    ...["GET cm/nope", "GET wd/nope", "DELETE cm", "DELETE wd", "GET cm?watch=true", "GET wd?watch=true"].map((request) =>
      asked(request, "text/plain"),
    ),
    asked("GET cm?watch=true", meta("Table", "v9")),
  ],
});
