/** What became of handing the records to external-dns. */
export type Outcome =
  /** There was nothing to hand over, and nothing stands. */
  | { readonly state: "Nothing" }
  /** The DNSEndpoint holds them. */
  | { readonly state: "Stands"; readonly read: boolean; readonly written: boolean }
  | {
      readonly state: "ExternalDnsMissing" | "EndpointUnreadable" | "EndpointRefused" | "EndpointNotOurs";
      readonly message: string;
    };
