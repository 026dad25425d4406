import type { KubeObject } from "../../../../kube/resource.ts";
import type { Schema } from "../../schema.ts";

export interface Names {
  readonly plural: string;
  readonly singular?: string;
  readonly kind: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly jsonPath: string;
}

export interface Subresources {
  readonly status?: object;
  readonly scale?: { readonly specReplicasPath: string; readonly statusReplicasPath: string; readonly labelSelectorPath?: string };
}

/** What versions may say each for itself. */
export interface PerVersion {
  readonly schema?: { readonly openAPIV3Schema?: Schema };
  readonly subresources?: Subresources;
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

export interface Version extends PerVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
}

export interface Conversion {
  readonly strategy: string;
  readonly webhook?: {
    readonly clientConfig?: {
      readonly url?: string;
      readonly service?: { readonly namespace: string; readonly name: string; readonly path?: string; readonly port: number };
    };
    readonly conversionReviewVersions: readonly string[] | null;
  };
}

export interface Definition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: Names;
    readonly scope: string;
    readonly versions: readonly Version[] | null;
    readonly conversion?: Conversion;
    readonly preserveUnknownFields?: boolean;
  };
  readonly status: {
    readonly conditions: readonly { readonly type: string; readonly status: string }[] | null;
    readonly acceptedNames: Names;
    readonly storedVersions: readonly string[] | null;
  };
}
