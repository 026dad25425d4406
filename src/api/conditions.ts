/**
 * Conditions and their reasons. Scripts and dashboards hold on to these words: a reason is never renamed, and every reason that
 * the controller writes is one of these (docs/conditions.md is made from this file).
 */

export const ACCESS_POINT_CONDITIONS = {
  Accepted: {
    meaning: "The specification can be worked with.",
    reasons: {
      Valid: "Nothing is wrong with it.",
      ValidWithWarnings:
        "True: it is worked with; the message says what in it has no effect as things are, or may not be taken by clusters.",
      InvalidSpec: "A field does not fit the schema.",
      SchemaValidationError:
        "An object that a cluster is to have does not fit the schema of its kind (for Istio's kinds IST0106, as istioctl analyze calls it).",
      InvalidManifest: "A manifest carries what it must not, such as status or ownerReferences.",
      ForeignNamespace:
        "A manifest names another namespace than the AccessPoint's, or a certificate would be issued in one that the platform does not allow.",
      CertificateNotIssuable: "A certificate is to be issued for a server that names no host, or no Secret by its plain name.",
      DuplicateObject: "The same object, or the same template name, stands in the bundle twice.",
      NameTooLong: "A name is longer than the API server takes.",
      BundleTooLarge: "Templates and overrides are too large to be kept as a revision.",
      OverrideFailed: "An override's path does not exist, its test failed, or it meets no object.",
      UnknownVariable: "A ${…} names something that the target does not have.",
      InvalidGate: "A gate cannot be worked with, such as a query that names what does not exist.",
      UnknownAddressPool:
        "spec.traffic.vip.pool cannot be asked for in a cluster, whose MemberCluster does not name its loadBalancer.",
      HostChangedInPlace:
        "A DestinationRule that routes depend on turns to another host under the same name, which cannot be done without a gap.",
      UnknownRevision: "spec.rollout.rollbackTo names a revision that is not kept.",
      InvalidWindow: "A window of the rollout has no valid schedule, time zone or duration.",
      UnknownStage: "An override is bound to a stage that the rollout does not have.",
    },
  },
  Scheduled: {
    meaning: "Every cluster that the placement asks for can be a target.",
    reasons: {
      Placed: "All targets are known.",
      NoClusters: "The placement selects no cluster.",
      ClusterNotFound: "The placement names a cluster that is not registered.",
      ZoneNotFound: "The placement names a zone that no registered cluster is in.",
      RegionNotFound: "The placement names a region that no registered cluster is in.",
      ClusterUnschedulable: "A selected cluster is cordoned.",
      ZoneUnknown: "It is not known in which zone a cluster that is named stands.",
      ClusterTainted: "A cluster that is needed has a taint that the placement does not tolerate.",
      TooFewClusters: "Fewer clusters qualify than spec.placement.numberOfClusters.",
      LeaderNotFound: "An object that is followed does not exist; what it said last still counts.",
      LeaderKindMissing: "The hub does not serve the kind of an object that is followed; what it said last still counts.",
      LeaderUnreadable: "An object that is followed cannot be read or understood; what it said last still counts.",
      LeaderUndecided: "An object that is followed names no cluster (yet); what it said last still counts.",
      LeaderClusterNotFound: "An object that is followed is placed on a cluster that is not registered.",
      NoPrimary: "A zone has no Primary for its zone-scoped objects.",
      SeveralPrimaries: "A zone has more than one Primary.",
      PrimaryNotReady:
        "The Primary of a zone cannot be used, so that nothing can be brought to the zone; what is there stays, and nothing is moved elsewhere.",
      StageClusterNotFound: "A stage names a cluster that is not registered.",
      StageZoneNotFound: "A stage names a zone that no registered cluster is in.",
      StageRegionNotFound: "A stage names a region that no registered cluster is in.",
      UnmatchedClusters:
        "A target is in no stage, or in none that takes it to its end, and spec.rollout.unmatchedClusters is Fail.",
    },
  },
  Preflighted: {
    meaning: "What every target is to have could be rendered and checked before the first one is touched.",
    reasons: { Passed: "Nothing was found.", Failed: "Something was found; Accepted or Scheduled says what." },
  },
  Progressing: {
    meaning: "A rollout is on its way and may go on.",
    reasons: {
      Rolling: "Clusters are being updated.",
      Soaking: "Updated clusters are being watched for the soak time.",
      Waiting: "A gate's time has not passed, or its checks have not, or no window is open.",
      AwaitingApproval: "A gate waits for a decision.",
      Paused: "A person paused the rollout.",
      Blocked: "Nothing can be started, the message says why.",
      Completed: "There is nothing to do.",
      Failed: "The rollout failed.",
      RollingBack: "The rollout failed, and its clusters return to the revision they had.",
      InternalError:
        "The controller came upon a mistake of its own; it tries again, and the other conditions are as they were before.",
    },
  },
  AwaitingApproval: {
    meaning: "A RolloutApproval is needed for the rollout to go on.",
    reasons: { GateOpen: "The message says for which revision, stage and gate.", NotAwaited: "No decision is needed now." },
  },
  Paused: {
    meaning: "spec.rollout.paused is set.",
    reasons: { Requested: "No further cluster is started.", NotPaused: "It is not set." },
  },
  Applied: {
    meaning: "Every cluster has the objects of the revision that it was given.",
    reasons: {
      AllApplied: "All of them.",
      Applying: "Some are being written.",
      Waiting:
        "Some cannot be written yet, as without cert-manager in a cluster; the message says what it waits for, until the stage's progress deadline.",
      Conflict: "An object belongs to somebody else.",
      ApplyFailed: "An object was refused.",
      ClusterUnreachable: "A cluster cannot be reached; what it has is not known.",
    },
  },
  Available: {
    meaning: "Every cluster is verified on the revision that it was given.",
    reasons: {
      AllReady: "All of them.",
      NotReady: "Some are not.",
      ClusterUnreachable: "A cluster cannot be reached.",
      NothingDeployed: "No cluster has the AccessPoint yet.",
    },
  },
  Drifted: {
    meaning:
      "Somebody else changed objects in a member, and they are left as they are, cannot be repaired, or are changed again and again.",
    reasons: {
      ChangedByOthers: "The message says where and by whom.",
      Contested:
        "Somebody changes objects back, or takes them away, as often as they are written again; that is done ever more seldom.",
      NoDrift: "Nothing differs.",
    },
  },
  Degraded: {
    meaning: "A cluster that had been verified no longer is, a rollout failed, or an address is not isolated.",
    reasons: {
      RolloutFailed: "The last rollout failed.",
      CertificateUnusable: "Clients are refused in some cluster, because a certificate is missing there, expired, or wrong.",
      CertificateExpiring: "A certificate expires within 7 days in some cluster, and nobody is known to renew it.",
      VIPShared: "An address is also that of an AccessPoint of another isolation group; the message says which.",
      ClusterDegraded: "A cluster is no longer verified.",
      AsExpected: "None of these.",
    },
  },
  RolloutCompleted: {
    meaning: "The update revision is everywhere. False with one of the last five reasons is final for this revision.",
    reasons: {
      Completed: "Every target is verified on the update revision.",
      InProgress: "Not yet.",
      NotStarted: "The rollout has not begun; the message says why.",
      MaxFailuresBreached: "More clusters of a stage failed than it may have.",
      ProgressDeadlineExceeded: "A cluster was not verified in time.",
      Rejected: "A gate was rejected, or its checks failed; the message says which gate, and what was answered.",
      Aborted: "A person ended it.",
      RolledBack:
        "It failed, and the clusters that it touched were returned to the revision they had; the message says what failed.",
    },
  },
} as const;

/** Why a member cluster is not placed (status.placement.notSelected); the first that applies. */
export const NOT_SELECTED_REASONS = {
  Detaching: "Its MemberCluster is being deleted.",
  ZoneUnknown: "It is not known in which zone it stands; condition Located of its MemberCluster says why.",
  NotNamed: "spec.placement.clusters does not name it.",
  OtherZone: "spec.placement.zones does not name its zone.",
  OtherRegion: "spec.placement.regions does not name its region, or it has none.",
  OtherLabels: "spec.placement.clusterSelector does not match its labels.",
  NotFollowed: "No object that is followed is placed on it.",
  Tainted: "It has a taint that is not tolerated.",
  Cordoned: "It is cordoned (spec.unschedulable).",
  ZoneUnusable: "Its zone has no Primary that zone-scoped objects can be written to.",
  NotNeeded: "spec.placement.numberOfClusters is met by others.",
} as const;

/** Why a Gateway is in its state (status.clusters[].gateways[].reason). */
export const GATEWAY_REASONS = {
  Exposed: "Ready: a Service exposes every port of it and has an address.",
  AddressPending: "Pending: the Service that exposes it has no address yet; the cluster's load balancer gives it one.",
  PortNotExposed: "Degraded: the Service does not have a port that a server of the Gateway names.",
  NoEndpoints: "Degraded: no pod behind its Services is ready.",
  ProbeFailed: "Degraded: every address fails the probe of spec.traffic.probe.",
  NoSelector: "Unexposed: its spec.selector is empty.",
  NoService: "Unexposed: no Service in any namespace selects the workload of its spec.selector.",
  NotExternal: "Unexposed: the Services that select its workload are neither of type LoadBalancer nor have externalIPs.",
  ServiceNotFound: "Unexposed: no Service that spec.traffic.vip.services names is there and exposes it.",
  SeveralServices: "Ambiguous: several Services outside the bundle expose it; name those that count in spec.traffic.vip.services.",
  NotReadable: "Unknown: what is needed may not be read, or cannot be read any more; the message says what, and why.",
  NotRead: "Unknown: it was not read yet.",
} as const;

export type GatewayReason = keyof typeof GATEWAY_REASONS;

export type NotSelectedReason = keyof typeof NOT_SELECTED_REASONS;

/** How a certificate of a Gateway stands in one cluster (status.clusters[].certificates[].state). The first two can be used. */
export const CERTIFICATE_STATES = [
  "Ready",
  "Expiring",
  "Expired",
  "NotYetValid",
  "Invalid",
  "Missing",
  "Pending",
  "Unknown",
] as const;

export type CertificateState = (typeof CERTIFICATE_STATES)[number];

/** Why a certificate stands as it does (status.clusters[].certificates[].reason); the first that applies. */
export const CERTIFICATE_REASONS = {
  NotRead: "Unknown: the cluster has not been read yet.",
  NotPlain: "Unknown: credentialName is not the plain name of a Secret, and what Istio makes of it cannot be read.",
  NotExposed: "Unknown: no Service exposes the Gateway, so that the namespace of its pods is not known.",
  SeveralNamespaces: "Unknown: Services of several namespaces expose the Gateway; traffic.certificates.namespace decides.",
  NotReadable: "Unknown: the Secret may not be read, or cannot be read any more; the message says which right is missing, or why.",
  OtherNamespace: "Invalid: the Certificate is issued in another namespace than the gateway's pods are in.",
  Issuing: "Pending: cert-manager is issuing it; the message says what it waits for.",
  SecretNotFound: "Missing: there is no such Secret.",
  KeysMissing: "Invalid: the Secret has neither tls.crt and tls.key nor cert and key, or they are empty.",
  Unreadable: "Invalid: the certificate or the key cannot be parsed.",
  KeyMismatch: "Invalid: the key does not belong to the first certificate of the file.",
  KeyTooWeak: "Invalid: the key is one that Envoy refuses.",
  NotForServers: "Invalid: the certificate's key usage, or its extended key usage, leaves servers out.",
  NotYetValid: "NotYetValid: it becomes valid later.",
  Expired: "Expired: it, an intermediate certificate sent with it, or the CA that clients are checked by is no longer valid.",
  HostsNotCovered: "Invalid: the certificate is for other hosts than the Gateway's.",
  AuthorityMissing: "Invalid: the server asks clients for certificates, and there is no CA that they could be checked by.",
  ExpiresWithin7Days: "Expiring: less than 7 days are left, for it, its chain, or the CA that clients are checked by.",
  ExpiresWithin30Days: "Expiring: less than 30 days are left, for the same.",
  NotRenewed: "Ready, but cert-manager fails to renew it, or is late; the message says why.",
  NotForAllClients: "Ready, but browsers and others refuse its key, or what it may be used for; the message says which.",
  ChainBroken: "Ready, but the certificates of the file do not sign one another in their order: some clients will refuse it.",
  Usable: "Ready: nothing is wrong with it.",
} as const;

export type CertificateReason = keyof typeof CERTIFICATE_REASONS;

export type AccessPointConditionType = keyof typeof ACCESS_POINT_CONDITIONS;
export type ReasonOf<T extends AccessPointConditionType> = keyof (typeof ACCESS_POINT_CONDITIONS)[T]["reasons"] & string;

export const MEMBER_CLUSTER_CONDITIONS = {
  Ready: {
    meaning: "The hub reaches the cluster and may use it. Unknown while it does not answer.",
    reasons: {
      ClusterReachable: "It answers.",
      Connecting: "No answer yet.",
      ClusterUnreachable: "It stopped answering, or never did.",
      SecretNotFound: "The Secret, or its key, does not exist.",
      SecretForbidden: "The controller may not read the Secret.",
      KubeconfigInvalid: "The Secret's content is not a kubeconfig that can be used.",
      ExecNotAllowed:
        "The kubeconfig wants to run a program, which is refused unless the controller was started with --allow-exec.",
      Unauthorized: "The cluster does not accept the credentials.",
      Forbidden: "The cluster accepts the credentials, but they may not do what is needed.",
      ApiServerError: "The cluster answers with errors, or with what no API server answers.",
      SameCluster:
        "Another MemberCluster, which was registered before, leads to the same cluster; nothing is written through this one.",
      AnswersTooLarge: "The cluster answers with more than the hub takes in; it is looked at again every few minutes.",
    },
  },
  Located: {
    meaning: "It is known in which zone the cluster stands, without which it is not placed.",
    reasons: {
      Known: "status.sources says where zone and region are from.",
      ZoneUnknown: "Neither spec, nor its ClusterProfile, nor its nodes name one zone; the message says why.",
      ZoneHeld: "What the zone was taken over from no longer names it; the last known zone still counts.",
    },
  },
} as const;

export type LocatedReason = keyof (typeof MEMBER_CLUSTER_CONDITIONS)["Located"]["reasons"];
export type MemberReadyReason = keyof (typeof MEMBER_CLUSTER_CONDITIONS)["Ready"]["reasons"];

export const ROLLOUT_APPROVAL_CONDITIONS = {
  Accepted: {
    meaning: "The decision counts. Unknown while its gate has not been reached.",
    reasons: {
      Accepted: "It decided the gate.",
      NotYetReached: "It will count when the rollout reaches the gate.",
      StaleRevision: "Another revision is being rolled out.",
      StalePlan: "The plan is not the one that was decided on.",
      UnknownStage: "The rollout has no such stage.",
      NoSuchGate: "The stage has no Approval on that side.",
      AlreadyDecided: "The gate was decided before.",
      RolloutEnded: "The rollout is over.",
      AccessPointNotFound: "There is no such AccessPoint in the namespace.",
    },
  },
} as const;

export type ApprovalReason = keyof (typeof ROLLOUT_APPROVAL_CONDITIONS)["Accepted"]["reasons"];

export const NAME_SERVICE_CONDITIONS = {
  Accepted: {
    meaning: "The specification can be worked with, and the name is this NameService's.",
    reasons: {
      Valid: "Nothing is wrong with it.",
      ValidWithWarnings:
        "True: it is worked with, but it names a zone or region that no MemberCluster has. The message says which.",
      Contested:
        "A younger NameService names the same FQDN; this one keeps it, and the other one publishes nothing. The message says which.",
      InvalidSpec: "A field does not fit the schema, or fields do not fit each other; what was published before stays.",
      FqdnTaken: "An older NameService names the same FQDN; nothing is published for this one.",
      FqdnNotAllowed:
        "The platform does not let the namespace have the name; nothing is published. The message says which it may have.",
    },
  },
  Resolved: {
    meaning: "Everything that the targets lead to is answered. False with what is left out, and why; the worst reason counts.",
    reasons: {
      AllAnswered: "All of it.",
      Held: "Nothing that the targets lead to is ready: the last known records stay.",
      NoAddress: "Nothing that the targets lead to was ready so far: there is no record yet.",
      AccessPointNotFound: "There is no such AccessPoint in the namespace.",
      GatewayNotFound: "The AccessPoint reports no such Gateway, or none at all.",
      ClusterDrained: "A cluster has a NoExecute taint that the AccessPoint does not tolerate, or leaves the fleet.",
      ClusterNotReady: "A cluster failed, cannot be reached, or was not yet given the AccessPoint.",
      GatewayNotReady: "A Gateway is not Ready; status of the AccessPoint says why.",
      PortNotServed: "No server of a Gateway listens on spec.healthCheck.port.",
      Unhealthy: "Traffic to every address of a Gateway fails.",
      InvalidAddress: "An address is neither an IP nor a host name.",
      LocationUnknown: "Policy Locality: nothing says where a zone lies.",
      HostnameNotAllowed: "A name that has addresses, or a host name already, cannot have (another) CNAME.",
      FqdnNotServed: "Everything is answered, but no Gateway of an AccessPoint serves the FQDN.",
      NotAccepted: "Accepted says why nothing was looked at.",
    },
  },
  Published: {
    meaning:
      "external-dns has read the records in their newest form and, where the controller was given a resolver, that one answers them.",
    reasons: {
      Answered: "The resolver answers the records, or addresses in place of a CNAME, of which the provider made an alias.",
      Read: "external-dns has read them. Whether the name server answers them is not known: no resolver was given, or it cannot be asked for a wildcard.",
      PolicyNotSupported:
        "Like Answered or Read, but as one round robin: without spec.provider.aws, or with no location known, the provider has no other policy.",
      Requested: "They stand in the DNSEndpoint; external-dns has not read it yet.",
      AnswerDiffers: "The resolver answers something else (yet); status.answer says what.",
      ResolverSilent: "The resolver does not answer.",
      ExternalDnsMissing: "The hub does not serve external-dns's DNSEndpoint; it is looked for again and again.",
      EndpointUnreadable: "The controller may not read DNSEndpoints.",
      EndpointNotOurs: "A DNSEndpoint of this name belongs to somebody else: rename the NameService, or delete the DNSEndpoint.",
      EndpointRefused: "The hub refused the DNSEndpoint; the message says why.",
      NothingToPublish: "There are no records.",
      NotAccepted: "Accepted says why nothing is published.",
    },
  },
} as const;

export type NameServiceConditionType = keyof typeof NAME_SERVICE_CONDITIONS;
export type NameServiceReason<T extends NameServiceConditionType> = keyof (typeof NAME_SERVICE_CONDITIONS)[T]["reasons"] & string;
