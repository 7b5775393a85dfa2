"""Recorded events of CloudTrail, repeated: ten a second, each with an identifier of its own.

usage: events.py COUNT FILE...    the files have an event on each line, by itself or as the member `event`.
"""

import datetime
import json
import sys

events = []
for path in sys.argv[2:]:
    with open(path) as lines:
        for line in lines:
            event = json.loads(line)
            event = event.get("event", event)
            if "eventTime" in event:
                event.update(eventTime="@T@", eventID="@I@")
                events.append(json.dumps(event, separators=(",", ":")))
start = datetime.datetime(2026, 1, 1)
for at in range(int(sys.argv[1])):
    time = (start + datetime.timedelta(seconds=at // 10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    event = events[at % len(events)]
    print(event.replace("@T@", time).replace("@I@", f"00000000-0000-0000-0000-{at:012}"))
