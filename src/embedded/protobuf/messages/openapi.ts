/** A document of OpenAPI v2, as far as this server writes one. Field numbers are those of gnostic's openapi.v2. */
export const openApi = `
message Document { optional string swagger = 1; optional Info info = 2; optional Paths paths = 8; optional Definitions definitions = 9; }
message Info { optional string title = 1; optional string version = 2; }
message Any { optional string yaml = 2; }
message NamedAny { optional string name = 1; optional Any value = 2; }

message Paths { repeated NamedPathItem path = 2; }
message NamedPathItem { optional string name = 1; optional PathItem value = 2; }
message PathItem {
  optional Operation get = 2;
  optional Operation put = 3;
  optional Operation post = 4;
  optional Operation delete = 5;
  optional Operation patch = 8;
}
message Operation {
  optional string operation_id = 5;
  repeated ParametersItem parameters = 8;
  optional Responses responses = 9;
  repeated NamedAny vendor_extension = 13;
}
message ParametersItem { optional Parameter parameter = 1; }
message Parameter { optional NonBodyParameter non_body_parameter = 2; }
message NonBodyParameter { optional QueryParameter query_parameter_sub_schema = 3; }
message QueryParameter {
  optional string in = 2;
  optional string name = 4;
  optional string type = 6;
  optional bool unique_items = 20;
}
message Responses { repeated NamedResponseValue response_code = 1; }
message NamedResponseValue { optional string name = 1; optional ResponseValue value = 2; }
message ResponseValue { optional Response response = 1; }
message Response { optional string description = 1; optional SchemaItem schema = 2; }
message SchemaItem { optional Schema schema = 1; }

message Definitions { repeated NamedSchema additional_properties = 1; }
message NamedSchema { optional string name = 1; optional Schema value = 2; }
message Schema {
  optional string _ref = 1;
  optional string format = 2;
  optional string title = 3;
  optional string description = 4;
  optional Any default = 5;
  optional double multiple_of = 6;
  optional double maximum = 7;
  optional bool exclusive_maximum = 8;
  optional double minimum = 9;
  optional bool exclusive_minimum = 10;
  optional int64 max_length = 11;
  optional int64 min_length = 12;
  optional string pattern = 13;
  optional int64 max_items = 14;
  optional int64 min_items = 15;
  optional bool unique_items = 16;
  optional int64 max_properties = 17;
  optional int64 min_properties = 18;
  repeated string required = 19;
  repeated Any enum = 20;
  optional AdditionalPropertiesItem additional_properties = 21;
  optional TypeItem type = 22;
  optional ItemsItem items = 23;
  optional Definitions properties = 25;
  repeated NamedAny vendor_extension = 31;
}
message AdditionalPropertiesItem { optional Schema schema = 1; optional bool boolean = 2; }
message TypeItem { repeated string value = 1; }
message ItemsItem { repeated Schema schema = 1; }
`;
