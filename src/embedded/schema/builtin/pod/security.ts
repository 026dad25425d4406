import { bool, choice, int64, list, pointer, struct, text } from "../shapes.ts";

const capabilities = struct("Capabilities", { add: list(text), drop: list(text) });

const seLinuxOptions = struct("SELinuxOptions", { user: text, role: text, type: text, level: text });

const windowsSecurityContextOptions = struct("WindowsSecurityContextOptions", {
  gmsaCredentialSpecName: pointer(text),
  gmsaCredentialSpec: pointer(text),
  runAsUserName: pointer(text),
  hostProcess: pointer(bool),
});

const seccompProfile = struct(
  "SeccompProfile",
  { type: choice("Localhost", "RuntimeDefault", "Unconfined"), localhostProfile: pointer(text) },
  ["type"],
);

const appArmorProfile = struct(
  "AppArmorProfile",
  { type: choice("Localhost", "RuntimeDefault", "Unconfined"), localhostProfile: pointer(text) },
  ["type"],
);

export const securityContext = struct("SecurityContext", {
  capabilities: pointer(capabilities),
  privileged: pointer(bool),
  seLinuxOptions: pointer(seLinuxOptions),
  windowsOptions: pointer(windowsSecurityContextOptions),
  runAsUser: pointer(int64),
  runAsGroup: pointer(int64),
  runAsNonRoot: pointer(bool),
  readOnlyRootFilesystem: pointer(bool),
  allowPrivilegeEscalation: pointer(bool),
  procMount: pointer(choice("Default", "Unmasked")),
  seccompProfile: pointer(seccompProfile),
  appArmorProfile: pointer(appArmorProfile),
});

const sysctl = struct("Sysctl", { name: text, value: text }, ["name", "value"]);

export const podSecurityContext = struct("PodSecurityContext", {
  seLinuxOptions: pointer(seLinuxOptions),
  windowsOptions: pointer(windowsSecurityContextOptions),
  runAsUser: pointer(int64),
  runAsGroup: pointer(int64),
  runAsNonRoot: pointer(bool),
  supplementalGroups: list(int64),
  supplementalGroupsPolicy: pointer(choice("Merge", "Strict")),
  fsGroup: pointer(int64),
  sysctls: list(sysctl),
  fsGroupChangePolicy: pointer(choice("Always", "OnRootMismatch")),
  seccompProfile: pointer(seccompProfile),
  appArmorProfile: pointer(appArmorProfile),
  seLinuxChangePolicy: pointer(text),
});
