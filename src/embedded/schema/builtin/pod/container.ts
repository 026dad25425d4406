import {
  atomic,
  bool,
  choice,
  int32,
  int64,
  intOrString,
  keyedList,
  list,
  listMap,
  pointer,
  protocol,
  resourceList,
  setOf,
  struct,
  text,
  time,
  withDefault,
} from "../shapes.ts";
import { securityContext } from "./security.ts";
import { objectFieldSelector, resourceFieldSelector } from "./selectors.ts";

const ordinary = [
  ...["ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL", "PROF", "PWR"],
  ...["QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH"],
  ...["XCPU", "XFSZ"],
];
const offsets = (sign: string, most: number) => Array.from({ length: most }, (_, i) => `${sign}${i + 1}`);
const realtime = [
  ...["", ...offsets("-", 14)].map((offset) => `RTMAX${offset}`),
  ...["", ...offsets("+", 15)].map((offset) => `RTMIN${offset}`),
];
const signal = choice(...[...ordinary, ...realtime].sort().map((name) => `SIG${name}`));

const containerPort = struct(
  "ContainerPort",
  { name: text, hostPort: int32, containerPort: int32, protocol: withDefault(protocol, "TCP"), hostIP: text },
  ["containerPort"],
);

const selector = (name: string) => pointer(atomic(struct(name, { name: text, key: text, optional: pointer(bool) }, ["key"])));

const fileKeySelector = struct("FileKeySelector", { volumeName: text, path: text, key: text, optional: pointer(bool) }, [
  "volumeName",
  "path",
  "key",
]);

const envVarSource = struct("EnvVarSource", {
  fieldRef: pointer(objectFieldSelector),
  resourceFieldRef: pointer(resourceFieldSelector),
  configMapKeyRef: selector("ConfigMapKeySelector"),
  secretKeyRef: selector("SecretKeySelector"),
  fileKeyRef: pointer(atomic(fileKeySelector)),
});

const source = (name: string) => pointer(struct(name, { name: text, optional: pointer(bool) }));

const envFromSource = struct("EnvFromSource", {
  prefix: text,
  configMapRef: source("ConfigMapEnvSource"),
  secretRef: source("SecretEnvSource"),
});

const volumeMount = struct(
  "VolumeMount",
  {
    name: text,
    readOnly: bool,
    recursiveReadOnly: pointer(text),
    mountPath: text,
    subPath: text,
    mountPropagation: pointer(choice("Bidirectional", "HostToContainer", "None")),
    subPathExpr: text,
  },
  ["name", "mountPath"],
);

const httpGet = struct(
  "HTTPGetAction",
  {
    path: withDefault(text, "/"),
    port: intOrString,
    host: text,
    scheme: withDefault(choice("HTTP", "HTTPS"), "HTTP"),
    httpHeaders: list(struct("HTTPHeader", { name: text, value: text }, ["name", "value"])),
  },
  ["port"],
);

const tcpSocket = struct("TCPSocketAction", { port: intOrString, host: text }, ["port"]);

const handler = {
  exec: pointer(struct("ExecAction", { command: list(text) })),
  httpGet: pointer(httpGet),
  tcpSocket: pointer(tcpSocket),
};

const probe = pointer(
  struct("Probe", {
    ...handler,
    grpc: pointer(struct("GRPCAction", { port: int32, service: pointer(withDefault(text, "")) }, ["port"])),
    initialDelaySeconds: int32,
    timeoutSeconds: withDefault(int32, 1),
    periodSeconds: withDefault(int32, 10),
    successThreshold: withDefault(int32, 1),
    failureThreshold: withDefault(int32, 3),
    terminationGracePeriodSeconds: pointer(int64),
  }),
);

const lifecycleHandler = pointer(
  struct("LifecycleHandler", { ...handler, sleep: pointer(struct("SleepAction", { seconds: int64 }, ["seconds"])) }),
);

const claims = keyedList(["name"], struct("ResourceClaim", { name: text, request: text }, ["name"]));

export const resourceRequirements = struct("ResourceRequirements", { limits: resourceList, requests: resourceList, claims });

const exitCodes = struct("ContainerRestartRuleOnExitCodes", { operator: text, values: setOf(int32) });
const restartRule = struct("ContainerRestartRule", { action: text, exitCodes: pointer(exitCodes) });

const fields = {
  name: text,
  image: text,
  command: list(text),
  args: list(text),
  workingDir: text,
  ports: listMap(["containerPort", "protocol"], containerPort),
  envFrom: list(envFromSource),
  env: listMap(["name"], struct("EnvVar", { name: text, value: text, valueFrom: pointer(envVarSource) }, ["name"])),
  resources: resourceRequirements,
  resizePolicy: list(
    struct("ContainerResizePolicy", { resourceName: text, restartPolicy: text }, ["resourceName", "restartPolicy"]),
  ),
  restartPolicy: pointer(text),
  restartPolicyRules: list(restartRule),
  volumeMounts: listMap(["mountPath"], volumeMount),
  volumeDevices: listMap(["devicePath"], struct("VolumeDevice", { name: text, devicePath: text }, ["name", "devicePath"])),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: pointer(struct("Lifecycle", { postStart: lifecycleHandler, preStop: lifecycleHandler, stopSignal: pointer(signal) })),
  terminationMessagePath: withDefault(text, "/dev/termination-log"),
  terminationMessagePolicy: withDefault(choice("FallbackToLogsOnError", "File"), "File"),
  imagePullPolicy: choice("Always", "IfNotPresent", "Never"),
  securityContext: pointer(securityContext),
  stdin: bool,
  stdinOnce: bool,
  tty: bool,
};

export const container = struct("Container", fields, ["name"]);

export const ephemeralContainer = struct("EphemeralContainer", { ...fields, targetContainerName: text }, ["name"]);

const terminated = struct(
  "ContainerStateTerminated",
  { exitCode: int32, signal: int32, reason: text, message: text, startedAt: time, finishedAt: time, containerID: text },
  ["exitCode"],
);

const containerState = struct("ContainerState", {
  waiting: pointer(struct("ContainerStateWaiting", { reason: text, message: text })),
  running: pointer(struct("ContainerStateRunning", { startedAt: time })),
  terminated: pointer(terminated),
});

const volumeStatus = struct("VolumeStatus", { image: pointer(struct("ImageVolumeStatus", { imageRef: text })) });

const volumeMountStatus = struct(
  "VolumeMountStatus",
  { name: text, mountPath: text, readOnly: bool, recursiveReadOnly: pointer(text), volumeStatus: pointer(volumeStatus) },
  ["name", "mountPath"],
);

const linuxUser = struct("LinuxContainerUser", { uid: int64, gid: int64, supplementalGroups: list(int64) }, ["uid", "gid"]);

const resourceHealth = struct("ResourceHealth", { resourceID: text, health: text, message: pointer(text) }, ["resourceID"]);
const resourceStatus = struct("ResourceStatus", { name: text, resources: keyedList(["resourceID"], resourceHealth) }, ["name"]);

export const containerStatus = struct(
  "ContainerStatus",
  {
    name: text,
    state: containerState,
    lastState: containerState,
    ready: bool,
    restartCount: int32,
    image: text,
    imageID: text,
    containerID: text,
    started: pointer(bool),
    allocatedResources: resourceList,
    resources: pointer(resourceRequirements),
    volumeMounts: listMap(["mountPath"], volumeMountStatus),
    user: pointer(struct("ContainerUser", { linux: pointer(linuxUser) })),
    allocatedResourcesStatus: listMap(["name"], resourceStatus),
    stopSignal: pointer(signal),
  },
  ["name", "ready", "restartCount", "image", "imageID"],
);
