/**
 * Events in their newer shape; its own messages by their whole names where the core group has another one. Field numbers
 * are those of k8s.io/api/events/v1.
 */
export const events = `
package events;
message Event {
  optional ObjectMeta metadata = 1;
  optional MicroTime eventTime = 2;
  optional events.EventSeries series = 3;
  optional string reportingController = 4;
  optional string reportingInstance = 5;
  optional string action = 6;
  optional string reason = 7;
  optional ObjectReference regarding = 8;
  optional ObjectReference related = 9;
  optional string note = 10;
  optional string type = 11;
  optional EventSource deprecatedSource = 12;
  optional Time deprecatedFirstTimestamp = 13;
  optional Time deprecatedLastTimestamp = 14;
  optional int32 deprecatedCount = 15;
}
message EventSeries { optional int32 count = 1; optional MicroTime lastObservedTime = 2; }
`;
