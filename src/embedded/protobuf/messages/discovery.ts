/** Its own messages by their whole names where the core group has another one. Field numbers are those of k8s.io/api/discovery/v1. */
export const discovery = `
package discovery;
message EndpointSlice {
  optional ObjectMeta metadata = 1;
  repeated Endpoint endpoints = 2;
  repeated discovery.EndpointPort ports = 3;
  optional string addressType = 4;
}
message Endpoint {
  repeated string addresses = 1;
  optional EndpointConditions conditions = 2;
  optional string hostname = 3;
  optional ObjectReference targetRef = 4;
  map<string, string> deprecatedTopology = 5;
  optional string nodeName = 6;
  optional string zone = 7;
  optional EndpointHints hints = 8;
}
message EndpointConditions { optional bool ready = 1; optional bool serving = 2; optional bool terminating = 3; }
message EndpointHints { repeated ForZone forZones = 1; repeated ForNode forNodes = 2; }
message ForZone { optional string name = 1; }
message ForNode { optional string name = 1; }
message EndpointPort {
  optional string name = 1;
  optional string protocol = 2;
  optional int32 port = 3;
  optional string appProtocol = 4;
}
`;
