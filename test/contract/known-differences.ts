const strategic = "strategic merge patch is not there";

/** Cases in which the embedded server is known to answer otherwise than the real one, by group, and why. */
export const knownDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  objects: {
    "two controllers are one too many": "a message prints the fields of a reference in another order",
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
  kubectl: {
    "apply creates, configures, leaves": strategic,
    "apply of a service": strategic,
    "create configmap": "kubectl sends protobuf, which is not spoken",
    patch: strategic,
  },
};
