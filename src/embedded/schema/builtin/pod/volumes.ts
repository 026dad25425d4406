import { labelSelector } from "../label-selector.ts";
import { objectMeta } from "../object-meta.ts";
import { localObjectReference } from "../references.ts";
import {
  atomic,
  bool,
  choice,
  int32,
  int64,
  list,
  pointer,
  quantity,
  resourceList,
  struct,
  text,
  texts,
  withDefault,
} from "../shapes.ts";
import { objectFieldSelector, resourceFieldSelector } from "./selectors.ts";

/** Files of a volume are readable by all and writable by their owner: 0644. */
const mode = withDefault(pointer(int32), 0o644);

const hostPathVolumeSource = struct(
  "HostPathVolumeSource",
  {
    path: text,
    type: withDefault(
      pointer(choice("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")),
      "",
    ),
  },
  ["path"],
);

const emptyDirVolumeSource = struct("EmptyDirVolumeSource", { medium: text, sizeLimit: pointer(quantity) });

const gcePersistentDiskVolumeSource = struct(
  "GCEPersistentDiskVolumeSource",
  { pdName: text, fsType: text, partition: int32, readOnly: bool },
  ["pdName"],
);

const awsElasticBlockStoreVolumeSource = struct(
  "AWSElasticBlockStoreVolumeSource",
  { volumeID: text, fsType: text, partition: int32, readOnly: bool },
  ["volumeID"],
);

const gitRepoVolumeSource = struct("GitRepoVolumeSource", { repository: text, revision: text, directory: text }, ["repository"]);

const keyToPath = struct("KeyToPath", { key: text, path: text, mode: pointer(int32) }, ["key", "path"]);

const secretVolumeSource = struct("SecretVolumeSource", {
  secretName: text,
  items: list(keyToPath),
  defaultMode: mode,
  optional: pointer(bool),
});

const nfsVolumeSource = struct("NFSVolumeSource", { server: text, path: text, readOnly: bool }, ["server", "path"]);

const iscsiVolumeSource = struct(
  "ISCSIVolumeSource",
  {
    targetPortal: text,
    iqn: text,
    lun: int32,
    iscsiInterface: withDefault(text, "default"),
    fsType: text,
    readOnly: bool,
    portals: list(text),
    chapAuthDiscovery: bool,
    chapAuthSession: bool,
    secretRef: pointer(localObjectReference),
    initiatorName: pointer(text),
  },
  ["targetPortal", "iqn", "lun"],
);

const glusterfsVolumeSource = struct("GlusterfsVolumeSource", { endpoints: text, path: text, readOnly: bool }, [
  "endpoints",
  "path",
]);

const persistentVolumeClaimVolumeSource = struct("PersistentVolumeClaimVolumeSource", { claimName: text, readOnly: bool }, [
  "claimName",
]);

const rbdVolumeSource = struct(
  "RBDVolumeSource",
  {
    monitors: list(text),
    image: text,
    fsType: text,
    pool: withDefault(text, "rbd"),
    user: withDefault(text, "admin"),
    keyring: withDefault(text, "/etc/ceph/keyring"),
    secretRef: pointer(localObjectReference),
    readOnly: bool,
  },
  ["monitors", "image"],
);

const flexVolumeSource = struct(
  "FlexVolumeSource",
  { driver: text, fsType: text, secretRef: pointer(localObjectReference), readOnly: bool, options: texts },
  ["driver"],
);

const cinderVolumeSource = struct(
  "CinderVolumeSource",
  { volumeID: text, fsType: text, readOnly: bool, secretRef: pointer(localObjectReference) },
  ["volumeID"],
);

const cephFSVolumeSource = struct(
  "CephFSVolumeSource",
  { monitors: list(text), path: text, user: text, secretFile: text, secretRef: pointer(localObjectReference), readOnly: bool },
  ["monitors"],
);

const flockerVolumeSource = struct("FlockerVolumeSource", { datasetName: text, datasetUUID: text });

const downwardAPIVolumeFile = struct(
  "DownwardAPIVolumeFile",
  { path: text, fieldRef: pointer(objectFieldSelector), resourceFieldRef: pointer(resourceFieldSelector), mode: pointer(int32) },
  ["path"],
);

const downwardAPIVolumeSource = struct("DownwardAPIVolumeSource", { items: list(downwardAPIVolumeFile), defaultMode: mode });

const fcVolumeSource = struct("FCVolumeSource", {
  targetWWNs: list(text),
  lun: pointer(int32),
  fsType: text,
  readOnly: bool,
  wwids: list(text),
});

const azureFileVolumeSource = struct("AzureFileVolumeSource", { secretName: text, shareName: text, readOnly: bool }, [
  "secretName",
  "shareName",
]);

const configMapVolumeSource = struct("ConfigMapVolumeSource", {
  name: text,
  items: list(keyToPath),
  defaultMode: mode,
  optional: pointer(bool),
});

const vsphereVirtualDiskVolumeSource = struct(
  "VsphereVirtualDiskVolumeSource",
  { volumePath: text, fsType: text, storagePolicyName: text, storagePolicyID: text },
  ["volumePath"],
);

const quobyteVolumeSource = struct(
  "QuobyteVolumeSource",
  { registry: text, volume: text, readOnly: bool, user: text, group: text, tenant: text },
  ["registry", "volume"],
);

const azureDiskVolumeSource = struct(
  "AzureDiskVolumeSource",
  {
    diskName: text,
    diskURI: text,
    cachingMode: withDefault(pointer(choice("None", "ReadOnly", "ReadWrite")), "ReadWrite"),
    fsType: withDefault(pointer(text), "ext4"),
    readOnly: withDefault(pointer(bool), false),
    kind: withDefault(pointer(choice("Dedicated", "Managed", "Shared")), "Shared"),
  },
  ["diskName", "diskURI"],
);

const photonPersistentDiskVolumeSource = struct("PhotonPersistentDiskVolumeSource", { pdID: text, fsType: text }, ["pdID"]);

const secretProjection = struct("SecretProjection", { name: text, items: list(keyToPath), optional: pointer(bool) });

const downwardAPIProjection = struct("DownwardAPIProjection", { items: list(downwardAPIVolumeFile) });

const configMapProjection = struct("ConfigMapProjection", { name: text, items: list(keyToPath), optional: pointer(bool) });

const serviceAccountTokenProjection = struct(
  "ServiceAccountTokenProjection",
  { audience: text, expirationSeconds: withDefault(pointer(int64), 3600), path: text },
  ["path"],
);

const clusterTrustBundleProjection = struct(
  "ClusterTrustBundleProjection",
  { name: pointer(text), signerName: pointer(text), labelSelector: pointer(labelSelector), optional: pointer(bool), path: text },
  ["path"],
);

const podCertificateProjection = struct("PodCertificateProjection", {
  signerName: text,
  keyType: text,
  maxExpirationSeconds: pointer(int32),
  credentialBundlePath: text,
  keyPath: text,
  certificateChainPath: text,
  userAnnotations: texts,
});

const volumeProjection = struct("VolumeProjection", {
  secret: pointer(secretProjection),
  downwardAPI: pointer(downwardAPIProjection),
  configMap: pointer(configMapProjection),
  serviceAccountToken: pointer(serviceAccountTokenProjection),
  clusterTrustBundle: pointer(clusterTrustBundleProjection),
  podCertificate: pointer(podCertificateProjection),
});

const projectedVolumeSource = struct("ProjectedVolumeSource", { sources: list(volumeProjection), defaultMode: mode }, ["sources"]);

const portworxVolumeSource = struct("PortworxVolumeSource", { volumeID: text, fsType: text, readOnly: bool }, ["volumeID"]);

const scaleIOVolumeSource = struct(
  "ScaleIOVolumeSource",
  {
    gateway: text,
    system: text,
    secretRef: pointer(localObjectReference),
    sslEnabled: bool,
    protectionDomain: text,
    storagePool: text,
    storageMode: withDefault(text, "ThinProvisioned"),
    volumeName: text,
    fsType: withDefault(text, "xfs"),
    readOnly: bool,
  },
  ["gateway", "system", "secretRef"],
);

const storageOSVolumeSource = struct("StorageOSVolumeSource", {
  volumeName: text,
  volumeNamespace: text,
  fsType: text,
  readOnly: bool,
  secretRef: pointer(localObjectReference),
});

const csiVolumeSource = struct(
  "CSIVolumeSource",
  {
    driver: text,
    readOnly: pointer(bool),
    fsType: pointer(text),
    volumeAttributes: texts,
    nodePublishSecretRef: pointer(localObjectReference),
  },
  ["driver"],
);

const volumeResourceRequirements = struct("VolumeResourceRequirements", { limits: resourceList, requests: resourceList });

const typedLocalObjectReference = atomic(
  struct("TypedLocalObjectReference", { apiGroup: pointer(text), kind: text, name: text }, ["apiGroup", "kind", "name"]),
);

const typedObjectReference = struct(
  "TypedObjectReference",
  { apiGroup: pointer(text), kind: text, name: text, namespace: pointer(text) },
  ["apiGroup", "kind", "name"],
);

const persistentVolumeClaimSpec = struct("PersistentVolumeClaimSpec", {
  accessModes: list(choice("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")),
  selector: pointer(labelSelector),
  resources: volumeResourceRequirements,
  volumeName: text,
  storageClassName: pointer(text),
  volumeMode: withDefault(pointer(choice("Block", "Filesystem")), "Filesystem"),
  dataSource: pointer(typedLocalObjectReference),
  dataSourceRef: pointer(typedObjectReference),
  volumeAttributesClassName: pointer(text),
});

const persistentVolumeClaimTemplate = struct("PersistentVolumeClaimTemplate", {
  metadata: objectMeta,
  spec: persistentVolumeClaimSpec,
});

const ephemeralVolumeSource = struct("EphemeralVolumeSource", { volumeClaimTemplate: pointer(persistentVolumeClaimTemplate) });

const imageVolumeSource = struct("ImageVolumeSource", { reference: text, pullPolicy: choice("Always", "IfNotPresent", "Never") });

export const volume = struct(
  "Volume",
  {
    name: text,
    hostPath: pointer(hostPathVolumeSource),
    emptyDir: pointer(emptyDirVolumeSource),
    gcePersistentDisk: pointer(gcePersistentDiskVolumeSource),
    awsElasticBlockStore: pointer(awsElasticBlockStoreVolumeSource),
    gitRepo: pointer(gitRepoVolumeSource),
    secret: pointer(secretVolumeSource),
    nfs: pointer(nfsVolumeSource),
    iscsi: pointer(iscsiVolumeSource),
    glusterfs: pointer(glusterfsVolumeSource),
    persistentVolumeClaim: pointer(persistentVolumeClaimVolumeSource),
    rbd: pointer(rbdVolumeSource),
    flexVolume: pointer(flexVolumeSource),
    cinder: pointer(cinderVolumeSource),
    cephfs: pointer(cephFSVolumeSource),
    flocker: pointer(flockerVolumeSource),
    downwardAPI: pointer(downwardAPIVolumeSource),
    fc: pointer(fcVolumeSource),
    azureFile: pointer(azureFileVolumeSource),
    configMap: pointer(configMapVolumeSource),
    vsphereVolume: pointer(vsphereVirtualDiskVolumeSource),
    quobyte: pointer(quobyteVolumeSource),
    azureDisk: pointer(azureDiskVolumeSource),
    photonPersistentDisk: pointer(photonPersistentDiskVolumeSource),
    projected: pointer(projectedVolumeSource),
    portworxVolume: pointer(portworxVolumeSource),
    scaleIO: pointer(scaleIOVolumeSource),
    storageos: pointer(storageOSVolumeSource),
    csi: pointer(csiVolumeSource),
    ephemeral: pointer(ephemeralVolumeSource),
    image: pointer(imageVolumeSource),
  },
  ["name"],
);
