const schemas = "built-in kinds have no schemas yet";

/** Cases in which the embedded server is known to answer otherwise than the real one, by group, and why. */
export const knownDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  objects: {
    "two controllers are one too many": schemas,
  },
  tables: {
    "controller revisions": schemas,
    deployments: schemas,
    events: schemas,
    "endpoint slices": schemas,
  },
  watching: {
    "a selector makes additions and deletions of changes": schemas,
  },
  patching: {
    "strategic patch: lists are merged by their key": schemas,
    "strategic patch: $patch delete": schemas,
    "strategic patch: $patch replace": schemas,
    "strategic patch: containers by name": schemas,
    "strategic patch: an order of elements": schemas,
    "strategic patch: a null removes": schemas,
    "strategic patch: a value of the wrong type": schemas,
    "strategic patch: finalizers are merged": schemas,
  },
  applying: {
    "containers are a map by name": schemas,
  },
  definitions: {
    "a definition is served": schemas,
    "a definition is no longer served once deleted": schemas,
    "a definition of a cluster-scoped kind": schemas,
    "a new version of a definition": schemas,
    "a changed schema": schemas,
    "the name must fit": schemas,
    "a schema is required": schemas,
    "a schema must be structural": schemas,
    "a default must be valid": schemas,
    "a rule must compile": schemas,
    "one version must be stored": schemas,
    "the scope cannot change": schemas,
    "the group cannot change": schemas,
    "an unknown scope": schemas,
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
    "apply creates, configures, leaves": schemas,
    "apply of a service": schemas,
    "create configmap": schemas,
    patch: schemas,
  },
};
