const schemas = "the kind is kept without its schema";
const strategic = "strategic merge patch is not there";
const protobuf = "kubectl sends protobuf, which is not spoken";
const order = "a message prints the fields of a reference in another order";

/** Cases in which the embedded server is known to answer otherwise than the real one, by group, and why. */
export const knownDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  objects: {
    "two controllers are one too many": order,
  },
  tables: {
    "controller revisions": schemas,
    deployments: schemas,
    events: schemas,
    "endpoint slices": schemas,
  },
  patching: {
    "strategic patch: lists are merged by their key": strategic,
    "strategic patch: $patch delete": strategic,
    "strategic patch: $patch replace": strategic,
    "strategic patch: containers by name": strategic,
    "strategic patch: an order of elements": strategic,
    "strategic patch: a null removes": strategic,
    "strategic patch: a value of the wrong type": strategic,
    "strategic patch: finalizers are merged": strategic,
  },
  applying: {
    "containers are a map by name": schemas,
  },
  kinds: {
    "a deployment": schemas,
    "a deployment needs a selector that fits": schemas,
    "a deployment's selector stays": schemas,
    "a deployment counts generations": schemas,
    "a controller revision": schemas,
    "a revision is not negative": schemas,
    "an event": schemas,
    "an event of another namespace": schemas,
    "a new event": schemas,
    "a new event says more": schemas,
    "an endpoint slice": schemas,
    endpoints: schemas,
    "a node": schemas,
  },
  kubectl: {
    "apply creates, configures, leaves": strategic,
    "apply of a service": strategic,
    "create configmap": protobuf,
    patch: strategic,
  },
};
